import { readFile } from "node:fs/promises";

/** Bytes of a page of memory where Linux counts in pages. */
const PAGE_BYTES = 4096;

/** Bytes of memory that a process has; 0 where that can't be told, as on other systems than Linux. */
export async function residentBytes(pid: number | undefined): Promise<number> {
  try {
    const pages = (await readFile(`/proc/${pid}/statm`, "latin1")).split(" ")[1];
    return Number(pages ?? 0) * PAGE_BYTES;
  } catch {
    return 0;
  }
}
