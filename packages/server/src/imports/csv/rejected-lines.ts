import { beginning, Rejections } from "../rejections.ts";

/** Characters of a rejected row that are shown. */
const SHOWN = 80;

/** Collects the rows of a CSV that can't be read, each shown by its beginning. */
export const rejectedLines = (): Rejections => new Rejections(shown);

/** PostgreSQL keeps no NUL, not even in JSON. */
const shown = (text: Buffer): string => beginning(text, SHOWN).replaceAll("\0", "␀");
