import { createHash } from "node:crypto";
import { type MapTemplate, TEMPLATE_VERSION, type TemplateAuth, type TemplatePlaceholder } from "@carto-ts/protocol";
import { type MapError, mapError } from "../map-error.ts";

/** Characters of a template's JSON. */
const MAX_LENGTH = 1024 ** 2;
/** Levels of a template. */
const MAX_DEPTH = 64;
/** Characters of a name, and of what a message quotes. */
const MAX_NAME = 255;

const NAME = /^[a-z0-9][0-9a-z_-]*$/i;
const PLACEHOLDER_NAME = /^[a-z][0-9a-z_]*$/i;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads a template, with what it leaves out. Fields that are none of a template's are left out.
 *
 * SQL, styles and types of placeholders are not looked at: that is done when a map is made of it.
 *
 * @throws MapError 400
 */
export function parseTemplate(json: unknown): MapTemplate {
  const given = isFields(json) ? json : {};
  if (given["version"] !== TEMPLATE_VERSION) throw refuse(`Unsupported template version ${show(given["version"])}`);
  const name = parseName(given["name"]);
  const layergroup = given["layergroup"];
  // Before anything that goes through all of it.
  checkDepth(given, MAX_DEPTH);
  checkLayers(layergroup);
  const placeholders = parsePlaceholders(given["placeholders"]);
  const auth = parseAuth(given["auth"]);
  const parsed = { auth, version: TEMPLATE_VERSION, name, placeholders, layergroup } as unknown as MapTemplate;
  const view = given["view"];
  if (view !== undefined) parsed.view = view as NonNullable<MapTemplate["view"]>;
  return parsed;
}

/** The JSON that a template is kept as: the same for the same template. @throws MapError 400 when it is too long. */
export function formatTemplate(template: MapTemplate): string {
  const text = JSON.stringify(template);
  if (text.length > MAX_LENGTH) {
    throw refuse(`Template '${template.name}' has ${text.length} characters, which is more than ${MAX_LENGTH}`);
  }
  return text;
}

/** What tells one state of a template from another: the first 8 hex digits of the md5 of its JSON. */
export const hashTemplate = (text: string): string => createHash("md5").update(text).digest("hex").slice(0, 8);

function parseName(name: unknown): string {
  if (!name) throw refuse("Missing template name");
  if (typeof name === "string" && name.length <= MAX_NAME && NAME.test(name)) return name;
  throw refuse(`Invalid characters in template name '${show(name)}'`);
}

function checkLayers(layergroup: unknown): void {
  if (!layergroup) throw refuse("Missing layergroup");
  const layers = isFields(layergroup) ? layergroup["layers"] : undefined;
  if (!Array.isArray(layers) || layers.length === 0) {
    throw refuse("Missing or empty layers array from layergroup config");
  }
  const bare = [...layers.keys()].filter((at) => {
    const layer: unknown = layers[at];
    return !isFields(layer) || !isFields(layer["options"]);
  });
  if (bare.length > 0) {
    throw refuse(`Missing \`options\` in layergroup config for layers: ${bare.join(", ").slice(0, MAX_NAME)}`);
  }
}

function parsePlaceholders(placeholders: unknown): Record<string, TemplatePlaceholder> {
  if (placeholders === undefined || placeholders === null) return {};
  if (!isFields(placeholders)) throw refuse("Template placeholders must be an object");
  for (const [name, placeholder] of Object.entries(placeholders)) {
    if (!PLACEHOLDER_NAME.test(name)) throw refuse(`Invalid characters in placeholder name '${show(name)}'`);
    for (const field of ["default", "type"]) {
      if (isFields(placeholder) && Object.hasOwn(placeholder, field)) continue;
      throw refuse(`Missing ${field} for placeholder '${show(name)}'`);
    }
  }
  return { ...placeholders } as Record<string, TemplatePlaceholder>;
}

function parseAuth(auth: unknown): TemplateAuth {
  const given = isFields(auth) ? auth : {};
  const method = given["method"] ?? "open";
  if (method === "open") return { method };
  if (method !== "token") throw refuse(`Unsupported authentication method: ${show(method)}`);
  const tokens = given["valid_tokens"];
  if (!Array.isArray(tokens)) throw refuse("Invalid 'token' authentication: missing valid_tokens");
  if (tokens.length === 0) throw refuse("Invalid 'token' authentication: no valid_tokens");
  if (!tokens.every((token) => typeof token === "string" && token !== "")) {
    throw refuse("Invalid 'token' authentication: valid_tokens must be texts that are not empty");
  }
  return { method, valid_tokens: tokens };
}

function checkDepth(value: unknown, levels: number): void {
  if (typeof value !== "object" || value === null) return;
  if (levels === 0) throw refuse(`The template is nested deeper than ${MAX_DEPTH} levels`);
  for (const child of Object.values(value)) checkDepth(child, levels - 1);
}

/** Whether a value is a JSON object. */
export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A value as messages quote it. */
export function show(value: unknown): string {
  return (typeof value === "string" ? value : jsonOf(value)).slice(0, MAX_NAME);
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "undefined";
  } catch {
    return "…"; // nested deeper than the stack
  }
}

const refuse = (message: string): MapError => mapError(message, { status: 400 });
