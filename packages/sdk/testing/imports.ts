import type { Import } from "@carto-ts/protocol";
import type { SeenRequest } from "./http-server.ts";

/** Id of every import here. */
export const IMPORT_ID = "5b2ab7d5-7a4c-4b1e-9d4f-6f2f3f0f8c11";

/** An import as CARTO's own servers answer, while it runs. */
export const CLASSIC: Omit<Import, "tables" | "progress"> = {
  id: IMPORT_ID,
  user_id: "0c3b5b3e-0b7c-4b7e-8f0e-3f1b1a7d2c55",
  table_id: null,
  data_type: "file",
  table_name: null,
  state: "importing",
  error_code: null,
  queue_id: IMPORT_ID,
  tables_created_count: null,
  synchronization_id: null,
  type_guessing: true,
  quoted_fields_guessing: true,
  content_guessing: false,
  create_visualization: false,
  visualization_id: null,
  user_defined_limits: '{"twitter_credits_limit":0}',
  get_error_text: null,
  display_name: "cities.csv",
  original_url: "/uploads/0123456789abcdef0123/cities.csv",
  warnings: null,
  is_raster: false,
};

/** The table that the import makes. */
export const TABLE = {
  id: "1f0a7c52-2a40-4f0f-8a4e-6d7f0c1b2a33",
  name: "cities",
  visualization_id: "7c9e6679-7425-40de-944b-e07fc1f90ae7",
  rows: 2,
};

/** The same of a server of carto-ts. */
export const OURS: Import = { ...CLASSIC, tables: [], progress: { bytes: 0, total_bytes: 100, rows: 0 } };

/** How that ends well. */
export const COMPLETE: Import = {
  ...OURS,
  state: "complete",
  success: true,
  table_id: TABLE.id,
  table_name: TABLE.name,
  tables_created_count: 1,
  any_table_raster: false,
  derived_visualization_id: null,
  tables: [TABLE],
  progress: { bytes: 100, total_bytes: 100, rows: 2 },
};

/** How it ends badly. */
export const FAILED: Import = {
  ...OURS,
  state: "failure",
  success: false,
  error_code: 2003,
  get_error_text: {
    title: "Malformed CSV",
    what_about: 'No row could be read. <a href="https://x.example/">Check the quotes</a>.',
    source: "user",
  },
  warnings: { rejected_rows: { count: 1, rows: [{ row: 2, reason: "a quote is not closed", text: '1,"a' }] } },
};

/** The parts of a multipart body, read by a parser that isn't ours. */
export async function readForm(
  request: SeenRequest | undefined,
): Promise<{ fields: Record<string, string>; file: { name: string; type: string; text: string } | undefined }> {
  const type = request?.headers["content-type"] ?? "";
  const form = await new Response(new Uint8Array(request?.body ?? []), {
    headers: { "Content-Type": type },
  }).formData();
  const fields: Record<string, string> = {};
  for (const [name, value] of form) if (typeof value === "string") fields[name] = value;
  const file = form.get("file");
  const part = file instanceof File ? { name: file.name, type: file.type, text: await file.text() } : undefined;
  return { fields, file: part };
}
