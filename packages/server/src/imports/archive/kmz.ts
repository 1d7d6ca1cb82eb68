import type { Member } from "./member.ts";

const KML = /\.kml$/i;
/** What a KMZ's own document is mostly called, in no folder. */
const DOCUMENT = /^doc\.kml$/i;

/** Whether a zip archive is a KMZ, by its name. */
export const isKmz = (name: string): boolean => /\.kmz$/i.test(name);

/**
 * The documents among a KMZ's members: pictures and what else they show are passed over.
 *
 * One called `doc.kml` has the archive's name, as nobody gave it one of its own.
 */
export async function* documentsOf(members: AsyncIterable<Member>, name: string): AsyncGenerator<Member> {
  const own = `${name.replace(/\.kmz$/i, "")}.kml`;
  for await (const member of members) {
    if (KML.test(member.path)) yield { ...member, path: DOCUMENT.test(member.path) ? own : member.path };
  }
}
