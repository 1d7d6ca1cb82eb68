import { open } from "node:fs/promises";

/** The first bytes of a file, fewer when it has no more. */
export async function headOf(path: string, bytes: number): Promise<Buffer> {
  await using file = await open(path);
  const { bytesRead, buffer } = await file.read(Buffer.alloc(bytes), 0, bytes, 0);
  return buffer.subarray(0, bytesRead);
}
