import { readdir } from "node:fs/promises";
import { ImportError } from "../error.ts";
import type { SourceFile } from "../reader.ts";
import type { OgrFormat } from "./format.ts";

/** Looks whether a file has those with it that it can't be read without. @throws ImportError with the format's code */
export async function refuseIncomplete({ name, place }: SourceFile, format: OgrFormat): Promise<void> {
  const { needs = [], may = [], code, extension } = format;
  const there = place === undefined || needs.length === 0 ? [] : await readdir(place.folder);
  const missing = needs.filter((needed) => !there.includes(`data.${needed}`)).map((needed) => `.${needed}`);
  if (missing.length === 0) return;
  const others = [...needs, ...may].map((other) => `.${other}`).join(", ");
  throw new ImportError(
    code,
    `A ${format.name} is made of several files, and ${name} came without its ${missing.join(" and ")}: pack the ` +
      `.${extension} with all files of its name (${others}) into one zip archive.`,
  );
}
