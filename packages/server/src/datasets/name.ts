/** Longest name of a table, in bytes. */
const MAX_LENGTH = 63;
const UNNAMED = "untitled_table";
const SUFFIXED = new Set(["all", "layergroup", "public", "select", "table", "user", "spatial_ref_sys"]);

/** Makes a text a name that a table can have: lower case, letters, digits and underscores. */
export function toTableName(text: string): string {
  const name = text
    .trim()
    .toLowerCase()
    .replace(/^(?=[^a-z])/, "table_")
    .replace(/[^a-z0-9_]/g, "_")
    .replace(/_+/g, "_")
    .slice(0, MAX_LENGTH);
  if (text.trim() === "") return UNNAMED;
  return SUFFIXED.has(name) ? `${name}_t` : name;
}

/** The name, or the name with the first number that makes it one that is not taken. */
export function freeTableName(name: string, taken: ReadonlySet<string>): string {
  let free = name;
  for (let n = 1; taken.has(free); n++) free = `${name.slice(0, MAX_LENGTH - 1 - String(n).length)}_${n}`;
  return free;
}

/** Makes a text a name that a column can have. */
export function toColumnName(text: string): string {
  const name = text
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, "_")
    .replace(/^(?=[^a-z_]|$)/, "_");
  return name.slice(0, MAX_LENGTH);
}
