import { PLACEHOLDER_TYPES, type PlaceholderType, type TemplatePlaceholder } from "@carto-ts/protocol";
import { type MapError, mapError } from "../map-error.ts";
import { show } from "./template.ts";

/** What fills a hole. */
export interface PlaceholderValue {
  name: string;
  type: PlaceholderType;
  /** As it was given: nothing is quoted. */
  text: string;
}

const NUMBER = /^[-+]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const COLOR = /^(?:[a-zA-Z]+|#[0-9a-fA-F]{3,6})$/;

/**
 * What fills the holes called `name`: what is given, or else the default.
 *
 * @throws MapError 400 when it is not of the placeholder's type
 */
export function placeholderValue(name: string, placeholder: TemplatePlaceholder, given: unknown): PlaceholderValue {
  const type = PLACEHOLDER_TYPES.find((known) => known === placeholder.type);
  if (type === undefined) throw refuse(`Invalid placeholder type '${show(placeholder.type)}'`);
  const value = given === undefined ? placeholder.default : given;
  const text = typeof value === "string" || typeof value === "number" ? String(value) : undefined;
  if (text === undefined || /[\0\p{Surrogate}]/u.test(text) || !isOf(type, text)) {
    throw refuse(`Invalid ${type} value for template parameter '${name}': ${show(value)}`);
  }
  return { name, type, text };
}

function isOf(type: PlaceholderType, text: string): boolean {
  if (type === "number") return NUMBER.test(text);
  return type === "css_color" ? COLOR.test(text) : true;
}

/** The error for a value that can't be in its place. */
export const refuse = (message: string): MapError => mapError(message, { status: 400 });
