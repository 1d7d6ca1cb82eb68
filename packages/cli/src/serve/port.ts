import { createServer } from "node:net";
import { CommandError } from "../command-error.ts";
import { EXIT } from "../exit.ts";

/**
 * Tries a port before the seconds that opening a database takes.
 *
 * @throws {@link CommandError} when it is in use or not to be had.
 */
export async function checkPort(host: string, port: number): Promise<void> {
  const probe = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      probe.once("error", reject);
      probe.listen({ host, port, exclusive: true }, resolve);
    });
  } catch (error) {
    throw explain(error as NodeJS.ErrnoException, host, port);
  } finally {
    await new Promise<void>((resolve) => probe.close(() => resolve()));
  }
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code === "EADDRINUSE") {
    const hint = "take another with --port, or a free one with --port 0";
    return new CommandError("the port is in use", hint, EXIT.conflict);
  }
  if (error.code === "EACCES") {
    return new CommandError(`port ${port} is kept for the system`, "take one from 1024 on", EXIT.failure);
  }
  if (error.code === "EADDRNOTAVAIL" || error.code === "ENOTFOUND") {
    return new CommandError(`${host} is no address of this machine`, "--host 127.0.0.1 is the usual one", EXIT.failure);
  }
  return error;
}
