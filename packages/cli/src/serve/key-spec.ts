import { InvalidArgumentError } from "commander";

/** An API key with its rights on tables, as the server takes it. */
export interface KeySpec {
  name: string;
  token: string;
  grants: { permissions: string[]; table: string }[];
}

const PERMISSIONS = ["select", "insert", "update", "delete"];
const FORM = "The form is NAME:TOKEN:select@table,insert@table.";

/** Reads `NAME:TOKEN:select@places,insert@places`; rights on the same table are gathered. */
export function parseKeySpec(text: string): KeySpec {
  const [name = "", token = "", rights = ""] = text.split(":");
  if (!/^[\w-]+$/.test(name)) throw new InvalidArgumentError(`The key has no name of letters and digits. ${FORM}`);
  if (token === "") throw new InvalidArgumentError(`The key has no token. ${FORM}`);
  const byTable = new Map<string, string[]>();
  for (const right of rights.split(",").filter((part) => part !== "")) {
    const { permission, table } = parseRight(right);
    byTable.set(table, [...(byTable.get(table) ?? []), permission]);
  }
  if (byTable.size === 0) throw new InvalidArgumentError(`The key has no rights. ${FORM}`);
  return { name, token, grants: [...byTable].map(([table, permissions]) => ({ permissions, table })) };
}

function parseRight(text: string): { permission: string; table: string } {
  const at = text.indexOf("@");
  const permission = text.slice(0, Math.max(at, 0)).trim().toLowerCase();
  const table = text.slice(at + 1).trim();
  if (!PERMISSIONS.includes(permission) || table === "") {
    // Only the part that holds no token is repeated.
    throw new InvalidArgumentError(`"${text}" is no right: it is one of ${PERMISSIONS.join(", ")}, @ and a table.`);
  }
  return { permission, table };
}

/** Adds a key to those given before it. */
export function collectKeys(text: string, previous: readonly KeySpec[] = []): KeySpec[] {
  return [...previous, parseKeySpec(text)];
}
