/** The parts of a tile's path, as they came. */
export interface TilePath {
  z: string;
  x: string;
  y: string;
  /** `1` or `2` of `@1x`, `@2x`; undefined without. */
  scale: string | undefined;
  format: string;
}

/**
 * Takes the name of a tile's file apart: `5.mvt`, `5@2x.png`, `5.grid.json`.
 *
 * @param filtered Whether the path names layers. Without, only what stands behind the last dot is the format, and there
 * may be a scale: so it is with the original, whose messages tell it.
 * @returns undefined for a name that is none of a tile.
 */
export function parseTileFile(file: string, filtered: boolean): Pick<TilePath, "y" | "scale" | "format"> | undefined {
  const dot = filtered ? file.indexOf(".") : file.lastIndexOf(".");
  if (dot <= 0 || dot === file.length - 1) return undefined;
  const [, y = "", scale] = (filtered ? undefined : /^(.*)@(\d+)x$/.exec(file.slice(0, dot))) ?? [
    "",
    file.slice(0, dot),
  ];
  return { y, scale, format: file.slice(dot + 1) };
}
