/** What a path of a static image asks for, as it came. */
export interface StaticPath {
  kind: "static";
  /** Where the map is from and what of it is shown. */
  of:
    | { by: "center"; token: string; z: string; lat: string; lng: string }
    | { by: "bbox"; token: string; bbox: string }
    | { by: "name"; name: string };
  width: string;
  height: string;
  format: string;
}

/** Reads the segments of such a path, the first of which is `static`; undefined for one that nothing is at. */
export function parseStaticPath([, by, ...rest]: readonly string[]): StaticPath | undefined {
  const file = rest.at(-1) ?? "";
  const dot = file.lastIndexOf(".");
  const shape = { width: rest.at(-2) ?? "", height: file.slice(0, dot), format: file.slice(dot + 1) };
  const [first = "", second = "", third = "", fourth = ""] = rest;
  if (dot <= 0) return undefined;
  if (by === "center" && rest.length === 6) {
    return { kind: "static", of: { by, token: first, z: second, lat: third, lng: fourth }, ...shape };
  }
  if (by === "bbox" && rest.length === 4) return { kind: "static", of: { by, token: first, bbox: second }, ...shape };
  if (by === "named" && rest.length === 3) return { kind: "static", of: { by: "name", name: first }, ...shape };
  return undefined;
}
