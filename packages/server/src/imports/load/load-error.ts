import { PgError } from "../../db/pg-error.ts";
import { ImportError } from "../error.ts";

/** What PostgreSQL refused while a table was loaded, as an import's error; other errors as they are. */
export function toLoadError(error: unknown): unknown {
  if (!(error instanceof PgError)) return error;
  if (error.code === "54000" || error.code === "54011") {
    return new ImportError(
      2004,
      `A row takes more than the 8 KB that PostgreSQL has for one: ${error.message}. Leave out columns, or split the ` +
        "file into two with fewer columns each.",
    );
  }
  if (error.code === "57014") return new ImportError(6667, "The import took longer than it may. Split the file.");
  if (error.code === "53100")
    return new ImportError(2001, "The database's disk is full. Tell whoever runs the server.");
  return new ImportError(2001, `PostgreSQL could not take the data: ${error.message}.`, { cause: error });
}

/** Why `cartodb_id` can't be the key, as PostgreSQL says it of a table whose name nobody knows. */
export function toKeyError(error: unknown): unknown {
  if (!(error instanceof PgError) || !error.code.startsWith("23")) return toLoadError(error);
  const twice = /=\((.*)\)/.exec(error.detail ?? "")?.[1];
  const why = twice === undefined ? "some rows have no whole number in it" : `${twice} is in it more than once`;
  return new ImportError(
    2011,
    `The column cartodb_id can't number the table's rows: ${why}. Rename it or leave it out, and the rows get new numbers.`,
  );
}
