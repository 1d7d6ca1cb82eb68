import type { SourceFile } from "../reader.ts";
import { ByteBudget } from "./budget.ts";
import type { Member } from "./member.ts";
import { readZip } from "./zip.ts";

/** What kind of spreadsheet a zip archive is. */
export type WorkbookFormat = "XLSX" | "ODS" | "XLSB";

const MIMETYPE = "mimetype";
const ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet";
const WORKBOOKS: Readonly<Record<string, WorkbookFormat>> = { "xl/workbook.xml": "XLSX", "xl/workbook.bin": "XLSB" };

/** Tells by the list of a zip archive whether it is a spreadsheet; undefined where it is none, or damaged. */
export async function workbookFormat(file: SourceFile): Promise<WorkbookFormat | undefined> {
  try {
    for await (const member of membersOf(file)) {
      const format = WORKBOOKS[member.path];
      if (format !== undefined) return format;
      if (member.path === MIMETYPE && (await isOds(member))) return "ODS";
    }
  } catch {
    // Whoever unpacks it says what is wrong.
  }
  return undefined;
}

/** Looks whether a spreadsheet unpacks to more than any would. @throws ImportError 6666 */
export async function refuseBomb(file: SourceFile): Promise<void> {
  const budget = new ByteBudget(file.size, Number.MAX_SAFE_INTEGER);
  for await (const member of membersOf(file)) budget.take(member.size);
}

function membersOf(file: SourceFile): AsyncIterable<Member> {
  return readZip(file, { signal: new AbortController().signal, onProgress: () => {} });
}

async function isOds({ size, chunks }: Member): Promise<boolean> {
  if (size > 2 * ODS_TYPE.length) return false;
  let text = "";
  for await (const chunk of chunks()) text += Buffer.from(chunk).toString("latin1");
  return text.trim() === ODS_TYPE;
}
