/** JSON of geodata that is no GeoJSON. */
export type JsonKind = "TopoJSON" | "ESRIJSON";

const TOPOLOGY: ReadonlySet<string> = new Set(["objects", "arcs", "transform"]);
const ESRI: ReadonlySet<string> = new Set(["displayFieldName", "fieldAliases", "geometryType", "spatialReference"]);
const ESRI_FEATURE = /"features"\s*:\s*\[\s*\{\s*"(?:attributes"\s*:|geometry"\s*:\s*\{\s*"(?:x|rings|paths|points)")/;

/**
 * Tells TopoJSON and Esri's JSON by the names of their first members.
 *
 * @param text What the file begins with.
 */
export function jsonKind(text: string): JsonKind | undefined {
  const members = new Map(topMembers(text));
  const type = members.get("type");
  if (type !== undefined) return type === "Topology" ? "TopoJSON" : undefined;
  const names = [...members.keys()];
  if (names.includes("features") || names.some((name) => ESRI.has(name))) {
    return names.some((name) => ESRI.has(name)) || ESRI_FEATURE.test(text) ? "ESRIJSON" : undefined;
  }
  return names.filter((name) => TOPOLOGY.has(name)).length >= 2 ? "TopoJSON" : undefined;
}

const TOKEN = /"((?:[^"\\]|\\.)*)"(\s*:)?|[{}[\]]/gs;

/** Names of the outermost object's members as far as the text goes, with their values where these are texts. */
function* topMembers(text: string): Generator<[string, string | undefined]> {
  let depth = 0;
  let name: string | undefined;
  for (const [token, word, colon] of text.matchAll(TOKEN)) {
    if (word === undefined) {
      depth += token === "{" || token === "[" ? 1 : -1;
      if (depth > 1) name = undefined;
    } else if (depth === 1 && colon !== undefined) {
      name = word;
      yield [name, undefined];
    } else if (depth === 1 && name !== undefined) {
      yield [name, word];
      name = undefined;
    }
  }
}
