/** What clients name an instantiated map by, taken apart. */
export interface LayergroupToken {
  /** Account of a named map's token; anonymous maps' have none. */
  signer: string | undefined;
  /** First 8 hex digits of the template's md5. */
  templateHash: string | undefined;
  id: string;
  /** What stands behind the colon: any text. */
  cacheBuster: string | undefined;
}

/** Takes `ID`, `ID:BUSTER` and `ACCOUNT@TEMPLATE@ID:BUSTER` apart. Any text gives a token, if of a map that isn't there. */
export function parseToken(text: string): LayergroupToken {
  const colon = text.indexOf(":");
  const parts = (colon < 0 ? text : text.slice(0, colon)).split("@");
  return {
    id: parts.at(-1) ?? "",
    signer: parts.length > 1 ? parts[0] : undefined,
    templateHash: parts.length > 2 ? parts[1] : undefined,
    cacheBuster: colon < 0 ? undefined : text.slice(colon + 1),
  };
}

/** Writes what {@link parseToken} reads. */
export function formatToken({ signer, templateHash, id, cacheBuster }: LayergroupToken): string {
  const signed = [signer, templateHash, id].filter((part) => part !== undefined).join("@");
  return cacheBuster === undefined ? signed : `${signed}:${cacheBuster}`;
}
