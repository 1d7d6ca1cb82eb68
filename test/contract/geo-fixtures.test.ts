import { readdirSync } from "node:fs";
import { basename, resolve } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import {
  type FailureOutcome,
  importOutcome,
  importTables,
  type Outcome,
  type TableOutcomes,
} from "../support/import-outcome.ts";
import { engines, startWorld, type World } from "../support/world.ts";
import { CSV_GEOMETRIES } from "./geo-fixtures/csv-geometries.ts";
import { CSV_TEXTS } from "./geo-fixtures/csv-texts.ts";
import { CSV_VALUES } from "./geo-fixtures/csv-values.ts";
import { GEOJSON_FAILURES } from "./geo-fixtures/geojson-failures.ts";
import { GEOJSON_GEOMETRIES } from "./geo-fixtures/geojson-geometries.ts";
import { GEOJSON_ROWS } from "./geo-fixtures/geojson-rows.ts";
import { KML } from "./geo-fixtures/kml.ts";
import { OGR_DATABASES } from "./geo-fixtures/ogr-databases.ts";
import { OGR_SHAPEFILES } from "./geo-fixtures/ogr-shapefiles.ts";
import { OGR_TEXTS } from "./geo-fixtures/ogr-texts.ts";
import { PARQUET } from "./geo-fixtures/parquet.ts";

const HOME = resolve(import.meta.dirname, "../../fixtures/geo");

const OUTCOMES: readonly [string, Outcome][] = Object.entries({
  ...CSV_TEXTS,
  ...CSV_VALUES,
  ...CSV_GEOMETRIES,
  ...GEOJSON_ROWS,
  ...GEOJSON_GEOMETRIES,
  ...GEOJSON_FAILURES,
  ...KML,
  ...PARQUET,
});

const OGR: readonly [string, TableOutcomes][] = Object.entries({
  ...OGR_SHAPEFILES,
  ...OGR_DATABASES,
  ...OGR_TEXTS,
});

/** An outcome in a few words, for a test's title. */
function inWords(outcome: Outcome): string {
  if ("code" in outcome) return `error ${outcome.code}`;
  const { columns, rows, geometries, rejectedRows, rejectedValues } = outcome;
  const parts = [
    counted(rows.length, "row"),
    counted(columns === "" ? 0 : columns.split(", ").length, "column"),
    ...(geometries ? [counted(geometries.filter((geometry) => geometry !== null).length, "geometry")] : []),
    ...(rejectedRows ? [`${counted(rejectedRows.length, "row")} rejected`] : []),
    ...(rejectedValues ? [`${counted(rejectedValues.length, "value")} rejected`] : []),
  ];
  return parts.join(", ");
}

const counted = (count: number, what: string): string =>
  `${count} ${count === 1 ? what : what.replace(/y$/, "ie").concat("s")}`;

const TITLED = OUTCOMES.map(([file, outcome]) => [`${basename(file)}: ${inWords(outcome)}`, file, outcome] as const);

function tablesInWords(outcome: TableOutcomes): string {
  if (isFailure(outcome)) return inWords(outcome);
  return Object.entries(outcome)
    .map(([name, table]) => `${name} of ${inWords(table)}`)
    .join("; ");
}

const isFailure = (outcome: TableOutcomes): outcome is FailureOutcome => typeof outcome["code"] === "number";

const OGR_TITLED = OGR.map(
  ([file, outcome]) => [`${basename(file)}: ${tablesInWords(outcome)}`, file, outcome] as const,
);

test("every file of fixtures/geo has an outcome", () => {
  const files = ["csv", "geojson", "kml", "parquet", "ogr"].flatMap((folder) =>
    readdirSync(resolve(HOME, folder)).map((file) => `${folder}/${file}`),
  );

  expect([...OUTCOMES, ...OGR].map(([file]) => file).toSorted()).toEqual(files.toSorted());
});

describe.each(engines)("files with a trap, imported on %s", (engine) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld(engine);
  });

  test.each(TITLED)("%s", async (_, file, outcome) => {
    const found = await importOutcome(world.carto, resolve(HOME, file));

    if ("code" in outcome) expect(found).toEqual({ ...outcome, says: expect.stringContaining(outcome.says) });
    else expect(found).toEqual(outcome);
  });

  test.each(OGR_TITLED)("%s", async (_, file, outcome) => {
    const { carto } = await startWorld(engine);

    const found = await importTables(carto, resolve(HOME, file));

    if (isFailure(outcome)) expect(found).toEqual({ ...outcome, says: expect.stringContaining(outcome.says) });
    else expect(found).toEqual(outcome);
  });

  test("what reaches over the antimeridian is cut there on the map, and kept in the_geom", async () => {
    await world.carto.datasets.createFromFile(resolve(HOME, "geojson/antimeridian.geojson"), {
      name: "beyond.geojson",
    });

    const { rows } = await world.carto.sql.query(
      `SELECT ST_XMax(the_geom) AS degrees, round(ST_XMax(the_geom_webmercator)) AS metres
       FROM beyond WHERE name = 'beyond'`,
    );

    expect(rows).toEqual([{ degrees: 182, metres: 20037508 }]);
  });
});
