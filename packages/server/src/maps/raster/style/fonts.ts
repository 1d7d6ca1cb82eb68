/** Families that pages were made with and that are rarely installed, by what takes their place. */
const SERIF = /serif|times|georgia|garamond|playfair|merriweather/i;
const MONO = /mono|courier|consolas/i;
const KNOWN_FAMILY =
  /^(?:arial|azo sans|graduate|gravitas one|helvetica|lato|montserrat|old standard tt|open sans|playfair display|roboto|source sans pro|verdana|unifont|georgia|times new roman|courier|merriweather)\b/i;

/**
 * The font of a name, or one that is like it where the name is of a family that CARTO had.
 *
 * @returns undefined for a name that nobody knows.
 */
export function faceFor(name: string, faces: readonly string[]): string | undefined {
  if (faces.includes(name)) return name;
  if (!KNOWN_FAMILY.test(name)) return undefined;
  const family = MONO.test(name) ? "DejaVu Sans Mono" : SERIF.test(name) ? "DejaVu Serif" : "DejaVu Sans";
  const bold = /bold|black|heavy|semibold/i.test(name);
  const italic = /italic|oblique/i.test(name);
  const slanted = family === "DejaVu Serif" ? "Italic" : "Oblique";
  const style = [...(bold ? ["Bold"] : []), ...(italic ? [slanted] : [])].join(" ");
  const wanted = `${family} ${style === "" ? "Book" : style}`;
  return faces.includes(wanted) ? wanted : faces.find((face) => face.startsWith("DejaVu Sans"));
}
