/** Worker thread that owns the embedded database; see `database.ts` for its other side. */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { type Backend, readWord } from "./backend.ts";
import { Control } from "./control.ts";
import { createRaise, describeForeign, type ForeignError } from "./cxx-errors.ts";
import { prepareDataDir } from "./data-dir.ts";
import { openPglite } from "./open-pglite.ts";
import { Pump } from "./pump.ts";
import type { FromWorker, WorkerInput } from "./thread-messages.ts";
import { installWasmHooks, type MainModule } from "./wasm-hooks.ts";

if (parentPort === null) throw new Error("this file is started as a worker thread");
await serve(parentPort, workerData as WorkerInput);

async function serve(port: MessagePort, input: WorkerInput): Promise<void> {
  const post = (message: FromWorker): void => port.postMessage(message);
  let engine: { backend: Backend; main: MainModule; raise: (error: ForeignError) => void } | undefined;
  const hooked = installWasmHooks({
    share: input.shared,
    translate(thrown) {
      if (engine === undefined) return thrown;
      try {
        engine.raise(describeForeign(engine.backend, engine.main, thrown));
      } catch (jump) {
        return jump;
      }
      return thrown;
    },
  });
  try {
    const cluster = prepareDataDir(input.dataDir);
    const { pglite, backend, parameters } = await openPglite({ ...input, cluster });
    if (hooked.main === undefined) throw new Error("PGlite's main module was not recognised");
    engine = { backend, main: hooked.main, raise: createRaise(backend) };
    const pump = new Pump({ ...engine, port, control: new Control(input.control) });
    const memory = backend.HEAPU8.buffer;
    post({
      type: "ready",
      memory: memory instanceof SharedArrayBuffer ? memory : undefined,
      cancelAddresses: [backend._QueryCancelPending, backend._InterruptPending, readWord(backend, backend._MyLatch)],
      parameters,
    });
    pump.run();
    await pglite.close();
    post({ type: "closed" });
  } catch (error) {
    post({ type: "fatal", message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
  port.close();
}
