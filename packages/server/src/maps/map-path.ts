/** What a path below an instantiated map asks for. */
export type MapPath =
  | { kind: "attributes"; token: string; layer: string; id: string }
  | { kind: "cluster"; token: string; layer: string; zoom: string; id: string }
  /** Something that clients of the original know and that isn't here, in words. */
  | { kind: "missing"; what: string };

/** Segments of a path behind the API's own, decoded; undefined where they can't be. */
export function mapSegments(url: string): string[] | undefined {
  const path = /\/api\/[^/?]+\/map\/([^?]*)/.exec(url)?.[1] ?? "";
  try {
    return path.replace(/\/$/, "").split("/").map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

/** Reads such a path; undefined for one that nothing is at. */
export function parseMapPath(segments: readonly string[]): MapPath | undefined {
  const [token = "", second = "", third = "", fourth = "", fifth] = segments;
  if (token === "static") return { kind: "missing", what: "Static images" };
  if (token === "analyses" || second === "analysis") return { kind: "missing", what: "Analyses' states" };
  if (second === "dataview" || third === "widget") return { kind: "missing", what: "Dataviews" };
  if (segments.length === 4 && third === "attributes") return { kind: "attributes", token, layer: second, id: fourth };
  if (segments.length === 5 && fourth === "cluster" && fifth !== undefined) {
    return { kind: "cluster", token, layer: second, zoom: third, id: fifth };
  }
  return undefined;
}
