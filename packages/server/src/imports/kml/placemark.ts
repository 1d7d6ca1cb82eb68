import { kmlGen } from "@tmcw/togeojson";
import { DOMParser, type Element, ParseError } from "@xmldom/xmldom";
import { broken, type KmlPieces, type Piece } from "./kml-pieces.ts";
import { mendGeometry } from "./mend-geometry.ts";
import { type Expected, NO_TYPE, type PropertyTypes } from "./property-types.ts";

/** Prefixes that are used without being declared. */
const USUAL = ["gx", "kml", "atom", "xal", "xsi"];

/** Turns Placemarks into GeoJSON features, each a line. */
export class PlacemarkWriter {
  readonly #pieces: KmlPieces;
  readonly #types: PropertyTypes;
  readonly #parser: DOMParser;
  /** Types that Schemas declare, by the name of the field. */
  readonly #declared = new Map<string, string>();

  /** @param pieces Knows the namespaces. @param types Learns what the values are. */
  constructor(pieces: KmlPieces, types: PropertyTypes) {
    this.#pieces = pieces;
    this.#types = types;
    // Entities that XML does not know stay as they are written.
    this.#parser = new DOMParser({ onError: () => {} });
  }

  /** Takes the types that a Schema declares. */
  learn(schema: Piece): void {
    for (const field of this.#parse(schema).getElementsByTagName("SimpleField")) {
      this.#declared.set(field.getAttribute("name") ?? "", (field.getAttribute("type") ?? "").replace(/^xsd:/, ""));
    }
  }

  /** A Placemark as a feature, with a line end. @throws ImportError 2001 where it is not well-formed */
  write(placemark: Piece): string {
    const root = this.#parse(placemark);
    const [feature] = kmlGen(root.ownerDocument as NonNullable<typeof root.ownerDocument>);
    const properties = new Map<string, string | null>();
    const set = (name: string, value: string, expected: Expected): void => {
      const text = value.trim();
      properties.set(name, text || null);
      if (text !== "") this.#types.learn(name, text, expected);
    };
    const [element] = elementsOf(root);
    if (element) for (const own of ownProperties(element, feature?.properties ?? {})) set(...own);
    for (const [name, value] of extendedData(root)) {
      const free = properties.has(name) ? `${name}_1` : name;
      set(free, value, { declared: this.#declared.get(name) ?? "" });
    }
    const isMulti = element !== undefined && elementsOf(element).some(({ tagName }) => tagName === "MultiGeometry");
    const id = feature?.id === undefined ? "" : `"id":${JSON.stringify(feature.id)},`;
    const members = [...properties].map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
    const geometry = JSON.stringify(mendGeometry(feature?.geometry ?? null, isMulti));
    return `{"type":"Feature",${id}"geometry":${geometry},"properties":{${members.join(",")}}}\n`;
  }

  /** Prefixes that may be used in XML, with what they are declared as: a Placemark stands by itself here. */
  #namespacesIn(xml: string): Map<string, string> {
    const { namespaces } = this.#pieces;
    const found = new Map<string, string>();
    for (const name of new Set([...USUAL, ...namespaces.keys()])) {
      if (xml.includes(`${name}:`)) found.set(name, namespaces.get(name) ?? `"urn:${name}"`);
    }
    return found;
  }

  #parse({ xml, line }: Piece): Element {
    const { prefix } = this.#pieces;
    const used = xml.includes(":") ? [...this.#namespacesIn(xml)] : [];
    const head = used.map(([name, value]) => ` xmlns:${name}=${value}`).join("");
    const plain = prefix === "" ? xml : xml.replaceAll(`<${prefix}`, "<").replaceAll(`</${prefix}`, "</");
    try {
      const document = this.#parser.parseFromString(`<kml${head}>${plain}</kml>`, "text/xml");
      return document.documentElement as Element;
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      const within = (error.locator as { lineNumber?: number } | undefined)?.lineNumber ?? 1;
      throw broken(line + within - 1, error.message.replace(/^.*Error: /, ""));
    }
  }
}

/** What a Placemark's own elements say; how it looks is left out. */
function* ownProperties(placemark: Element, { coordinateProperties }: Found): Generator<[string, string, Expected]> {
  const own = new Map(elementsOf(placemark).map((element) => [element.tagName, element]));
  for (const name of OWN_TEXTS) {
    const text = own.get(name)?.textContent ?? "";
    if (text !== "") yield [name, text, NO_TYPE];
  }
  const [stamp, span] = [own.get("TimeStamp"), own.get("TimeSpan")];
  const times = { timestamp: childText(stamp, "when"), begin: childText(span, "begin"), end: childText(span, "end") };
  for (const [name, value] of Object.entries(times)) if (value !== "") yield [name, value, "time"];
  const ofTrack = coordinateProperties?.times;
  if (ofTrack !== undefined) yield ["times", JSON.stringify(ofTrack), NO_TYPE];
}

/** What is taken of the properties that togeojson finds: in the others, data and looks are mixed. */
interface Found {
  coordinateProperties?: { times?: unknown };
}

const OWN_TEXTS = ["name", "description", "address", "phoneNumber"];

const childText = (parent: Element | undefined, name: string): string =>
  parent?.getElementsByTagName(name)[0]?.textContent?.trim() ?? "";

/** The names and values of a Placemark's ExtendedData: `Data`, `SimpleData`, and elements of others' namespaces. */
function* extendedData(root: Element): Generator<[string, string]> {
  const [extended] = root.getElementsByTagName("ExtendedData");
  if (!extended) return;
  for (const child of elementsOf(extended)) {
    if (child.tagName === "Data") {
      const [value] = child.getElementsByTagName("value");
      yield [child.getAttribute("name") ?? "", value?.textContent ?? ""];
    } else if (child.tagName === "SchemaData") {
      for (const data of child.getElementsByTagName("SimpleData"))
        yield [data.getAttribute("name") ?? "", data.textContent ?? ""];
    } else if (elementsOf(child).length === 0) {
      yield [child.localName ?? child.tagName, child.textContent ?? ""];
    }
  }
}

const elementsOf = (parent: Element): Element[] =>
  Array.from(parent.childNodes).filter((node): node is Element => node.nodeType === parent.nodeType);
