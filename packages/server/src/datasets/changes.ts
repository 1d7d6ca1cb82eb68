import { PRIVACIES, type Privacy } from "@carto-ts/protocol";
import { HttpError } from "../http/errors.ts";
import type { Changes } from "./dataset.ts";

type Fields = Readonly<Record<string, unknown>>;

const TEXTS = {
  display_name: "displayName",
  description: "description",
  title: "title",
  license: "license",
  source: "source",
  attributions: "attributions",
} as const;

/** What a body asks to change, and the name asked for. */
export interface Update {
  changes: Changes;
  name: string | undefined;
}

/**
 * Reads what is to change of a dataset out of a body. Pure.
 *
 * What is not known is passed over, for clients send the whole of what they once read. Null takes a text away, and leaves
 * a name, a privacy and a lock as they are.
 *
 * @throws {@link HttpError} 403 for a privacy that a dataset can't have, 400 for other wrong values.
 */
export function parseChanges(body: Fields): Update {
  const changes: Changes = {};
  for (const [field, key] of Object.entries(TEXTS)) {
    if (Object.hasOwn(body, field)) changes[key] = toText(field, body[field]);
  }
  if (Object.hasOwn(body, "tags")) changes.tags = toTags(body["tags"]);
  if (isGiven(body, "locked")) changes.locked = toBoolean("locked", body["locked"]);
  if (isGiven(body, "privacy")) changes.privacy = parsePrivacy(body["privacy"]);
  const name = isGiven(body, "name") ? toText("name", body["name"])?.trim() : undefined;
  if (name === "") throw refused("Name can't be blank");
  return { changes, name };
}

const isGiven = (body: Fields, field: string): boolean => body[field] !== undefined && body[field] !== null;

const refused = (text: string): HttpError => new HttpError(400, text);

function toText(field: string, value: unknown): string | null {
  if (value === null || value === undefined) return null;
  const text = typeof value === "number" ? String(value) : value;
  if (typeof text !== "string") throw refused(`${field} must be a text`);
  if (text.includes("\0")) throw refused(`${field} can't have a NUL character in it`);
  return text;
}

/** A list, or a form's text with commas. */
function toTags(value: unknown): string[] {
  if (value === null || value === undefined || value === "") return [];
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  const texts = items.map((item) => toText("tags", item) ?? "");
  const tags = Array.isArray(value) ? texts : texts.flatMap((text) => text.split(","));
  return [...new Set(tags.map((tag) => tag.trim()).filter((tag) => tag !== ""))];
}

function toBoolean(field: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  if (value === "true" || value === "false") return value === "true";
  throw refused(`${field} must be true or false`);
}

/** Reads a privacy, in capitals or not. @throws {@link HttpError} 403 with the contract's text. */
export function parsePrivacy(value: unknown): Privacy {
  const privacy = PRIVACIES.find((known) => known === String(value).toLowerCase());
  if (privacy === undefined) throw new HttpError(403, "Privacy is not included in the list");
  return privacy;
}
