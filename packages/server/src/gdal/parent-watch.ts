import { read } from "node:fs";

// Standard input ends with the process at its other end, however that ended. The process's own loop may be busy in
// WebAssembly for hours: this thread isn't.
read(0, Buffer.alloc(1), 0, 1, null, () => {
  try {
    // The group: a program that runs for it goes too.
    process.kill(process.platform === "win32" ? process.pid : -process.pid, "SIGKILL");
  } catch {
    process.kill(process.pid, "SIGKILL");
  }
});
