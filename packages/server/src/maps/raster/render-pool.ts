import type { AbortSource } from "../../db/engine.ts";
import { Turnstile } from "../../turnstile.ts";
import { mapError } from "../map-error.ts";
import type { MapnikPlace } from "./mapnik-place.ts";
import {
  MapnikUnusableError,
  RenderChildProcess,
  RenderCrashError,
  RenderMemoryError,
  RenderTimeoutError,
} from "./render-child-process.ts";
import type { RenderJob } from "./render-job.ts";

/** How much is drawn at a time. */
export interface RenderPoolLimits {
  /** Processes. */
  width: number;
  /** Jobs that may wait for one. */
  waiting: number;
  /** Milliseconds that one waits, and milliseconds that it is drawn. */
  waitMs: number;
  renderMs: number;
}

/** Processes that draw: started when they are needed, replaced when they were killed or have grown too large. */
export class RenderPool implements AsyncDisposable {
  readonly #place: MapnikPlace;
  readonly #limits: RenderPoolLimits;
  readonly #turnstile: Turnstile;
  readonly #all = new Set<RenderChildProcess>();
  readonly #idle: RenderChildProcess[] = [];
  #faces: Promise<ReadonlySet<string>> | undefined;
  #closed = false;

  constructor(place: MapnikPlace, limits: RenderPoolLimits) {
    this.#place = place;
    this.#limits = limits;
    const { width, waiting, waitMs } = limits;
    this.#turnstile = new Turnstile({ width, maxWaiting: waiting, waitMs, full: overCapacity, late: overCapacity });
  }

  /** Whether Mapnik can be loaded; where it can't, nothing is drawn. */
  isUsable(): Promise<boolean> {
    return this.faces().then(
      () => true,
      (error: unknown) => !(error instanceof MapnikUnusableError),
    );
  }

  /** Names of the fonts that there are. @throws MapnikUnusableError */
  faces(): Promise<ReadonlySet<string>> {
    this.#faces ??= this.#readFaces();
    return this.#faces;
  }

  /**
   * Draws a job when it is its turn.
   *
   * @throws MapError 429 where too many wait, or drawing takes too long, 501 where Mapnik can't be used; Error in Mapnik's
   * words
   */
  async draw(job: RenderJob, signal: AbortSource): Promise<readonly Uint8Array[]> {
    await this.#turnstile.enter(signal);
    const child = this.#take();
    try {
      await child.faces();
      return await child.draw(job, this.#limits.renderMs);
    } catch (error) {
      throw told(error);
    } finally {
      this.#give(child);
      this.#turnstile.leave();
    }
  }

  /** Ends the processes, whatever they are at. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const child of this.#all) child.kill();
  }

  async #readFaces(): Promise<ReadonlySet<string>> {
    const child = this.#take();
    try {
      return await child.faces();
    } catch (error) {
      // What can't be loaded now can't be later.
      if (!(error instanceof MapnikUnusableError)) this.#faces = undefined;
      throw error;
    } finally {
      this.#give(child);
    }
  }

  #take(): RenderChildProcess {
    const idle = this.#idle.pop();
    if (idle && !idle.isSpent) return idle;
    if (idle) this.#drop(idle);
    return this.#start();
  }

  #start(): RenderChildProcess {
    if (this.#closed) throw new RenderCrashError("the server ends");
    const child = RenderChildProcess.start(this.#place);
    this.#all.add(child);
    return child;
  }

  /** One that was killed is replaced at once: starting takes longer than a tile. */
  #give(child: RenderChildProcess): void {
    if (!child.isSpent) {
      this.#idle.push(child);
      return;
    }
    this.#drop(child);
    if (!this.#closed && this.#all.size < this.#limits.width) this.#idle.push(this.#start());
  }

  #drop(child: RenderChildProcess): void {
    child.kill();
    this.#all.delete(child);
  }
}

const overCapacity = (): Error =>
  mapError("You are over platform's limits: Max render capacity exceeded. Contact CARTO support for more details.", {
    type: "limit",
    subtype: "render-capacity",
    status: 429,
  });

/** What ended a job, as clients are told. */
function told(error: unknown): unknown {
  if (error instanceof RenderTimeoutError) return tooLate();
  if (error instanceof RenderMemoryError) return tooMuch();
  if (error instanceof RenderCrashError) {
    return mapError(`The picture could not be drawn, for ${error.message}: ask for it again`, { status: 500 });
  }
  if (error instanceof MapnikUnusableError) {
    const message = `Mapnik is installed beside this server and can't be used: ${error.message}. Ask for vector tiles (mvt)`;
    return mapError(message, { type: "tile", status: 501 });
  }
  return error;
}

const tooMuch = (): Error =>
  mapError("The picture takes too much memory: draw smaller symbols, and fewer filters of images", {
    type: "limit",
    status: 400,
  });

const tooLate = (): Error =>
  mapError("You are over platform's limits: Render timeout error. Contact CARTO support for more details.", {
    type: "limit",
    subtype: "render",
    status: 429,
  });
