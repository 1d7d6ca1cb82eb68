/** Colors that layers of a map are told apart by. */
const PALETTE: readonly [string, ...string[]] = ["#1f78b4", "#e66101", "#33a02c", "#c51b7d", "#6a3d9a", "#b15928"];

/** The color of a layer by its place; `colors` take the place of the usual ones. */
export function colorOf(place: number, colors: readonly string[] = PALETTE): string {
  return colors[place % colors.length] ?? PALETTE[0];
}
