import { ImportError } from "../error.ts";
import type { ReadingMessage } from "./messages.ts";

/** What a module that reads a file in a process of its own tells. */
export interface Outlet {
  /** Writes bytes. Resolves when there is room for more. */
  write(bytes: Uint8Array | string): Promise<void>;
  /** Tells what was found in the file: a value that JSON has. */
  found(found: unknown): void;
  /** Tells how many bytes of the file were read so far. */
  progress(bytes: number): void;
}

const outlet: Outlet = {
  write: (bytes) =>
    new Promise((resolve, reject) => {
      process.stdout.write(bytes, (error) => (error ? reject(error) : resolve()));
    }),
  found: (found) => say({ kind: "found", found }),
  progress: (bytes) => say({ kind: "progress", bytes }),
};

/**
 * Does what a process was started for, and ends it.
 *
 * @param toFailure Makes an import's error of what `read` throws.
 */
export async function runReader(
  read: (args: readonly string[], outlet: Outlet) => Promise<void>,
  toFailure: (error: unknown) => ImportError,
): Promise<void> {
  // Nobody reads any more.
  process.on("disconnect", () => process.exit(1));
  try {
    await read(process.argv.slice(2), outlet);
  } catch (error) {
    const { code, message } = error instanceof ImportError ? error : toFailure(error);
    say({ kind: "failed", code, message });
  }
  process.removeAllListeners("disconnect");
  if (process.connected) process.disconnect();
}

function say(message: ReadingMessage): void {
  process.send?.(message);
}
