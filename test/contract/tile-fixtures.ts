import type { TileAddress } from "../../packages/server/src/maps/tiles/tile.ts";

/** The tile that {@link EDGE_SHAPES} are in: one unit is 153 m. */
export const TYPED_TILE: TileAddress = { z: 6, x: 33, y: 21 };
const WORLD = 40075016.685578488;
const SIDE = WORLD / 2 ** TYPED_TILE.z;
const UNIT = SIDE / 4096;

interface EdgeShape {
  id: number;
  what: string;
  /** The shape in units of the tile, y down; null is NULL. */
  wkt: string | null;
  /** How tiles encoded here differ from those of ST_AsMVT. */
  differs?: { missing?: number[]; extra?: number[] };
}

const COVERING = "(-9000 -9000, -9000 9000, 9000 9000, 9000 -9000, -9000 -9000)";

const SHAPES: [what: string, wkt: string | null, differs?: "missing" | "extra"][] = [
  ["a point", "POINT(100.3 200.7)"],
  ["points, two of them in one place", "MULTIPOINT(100 200, 300 400, 100.2 200.1, 9000 9000)"],
  ["a point in the buffer", "POINT(-1000 5000)"],
  ["a point beyond the buffer", "POINT(-1025.5 10)"],
  ["a line", "LINESTRING(10 10, 500 600, 1200 300)"],
  ["lines", "MULTILINESTRING((10 10, 500 600), (700 700, 900 100, 1000 1000))"],
  ["a line that leaves and comes back", "LINESTRING(100 100, 6000 150, 6000 300, 100 350)"],
  ["a line that is a ring", "LINESTRING(10 10, 10 500, 500 500, 500 10, 10 10)"],
  ["a line shorter than a unit", "LINESTRING(10 10, 10.3 10.4)"],
  [
    "an area with a hole",
    "POLYGON((100 100, 100 900, 900 900, 900 100, 100 100), (300 300, 300 600, 600 600, 600 300, 300 300))",
  ],
  ["an area that turns the other way", "POLYGON((100 100, 900 100, 900 900, 100 900, 100 100))"],
  ["areas", "MULTIPOLYGON(((100 100, 100 900, 900 900, 100 100)), ((2000 2000, 2000 2500, 2500 2500, 2000 2000)))"],
  ["an area that covers the tile", `POLYGON(${COVERING})`],
  [
    "an area whose hole covers the tile",
    `POLYGON((-20000 -20000, -20000 20000, 20000 20000, 20000 -20000, -20000 -20000), ${COVERING})`,
  ],
  [
    "an area in two parts within the tile",
    "POLYGON((4000 100, 4000 900, 9000 900, 9000 700, 6000 700, 6000 300, 9000 300, 9000 100, 4000 100), (5000 350, 5500 350, 5500 650, 5000 650, 5000 350))",
  ],
  [
    "a U that ends outside",
    "POLYGON((100 4000, 100 8000, 400 8000, 400 4300, 700 4300, 700 8000, 1000 8000, 1000 4000, 100 4000))",
  ],
  ["a sliver", "POLYGON((100 100, 3000 100.2, 3000 100.4, 100 100))"],
  ["a bow-tie", "POLYGON((100 100, 900 900, 900 100, 100 900, 100 100))", "missing"],
  ["a triangle smaller than a unit", "POLYGON((100 100, 100.13 100, 100 100.13, 100 100))"],
  ["a collection of a point and a line", "GEOMETRYCOLLECTION(POINT(5 5), LINESTRING(10 10, 500 600))"],
  [
    "a collection in a collection, with an area",
    "GEOMETRYCOLLECTION(LINESTRING(10 10, 90 90), GEOMETRYCOLLECTION(POINT(5 5), POLYGON((100 100, 100 900, 900 900, 100 100))))",
  ],
  ["an empty point", "POINT EMPTY"],
  ["an empty area", "POLYGON EMPTY"],
  ["a line with heights and measures", "LINESTRING ZM(10 10 7 8, 500 600 7 8, 1200 300 7 8)"],
  ["an area with heights", "POLYGON Z((100 100 1, 100 900 2, 900 900 3, 100 100 1))"],
  ["an area without width across the edge", "POLYGON((100 100, 9000 100, 100 100, 100 100))"],
  ["an area that is within the tile only by a spike", "POLYGON((9000 9000, 9000 100, 100 100, 9000 100, 9000 9000))"],
  ["no shape", null],
];

/** Shapes that are easily done wrong. */
export const EDGE_SHAPES: readonly EdgeShape[] = SHAPES.map(([what, wkt, differs], at) => ({
  id: at + 1,
  what,
  wkt,
  ...(differs ? { differs: { [differs]: [at + 1] } } : {}),
}));

const west = TYPED_TILE.x * SIDE - WORLD / 2;
const north = WORLD / 2 - TYPED_TILE.y * SIDE;
const onMap = (wkt: string): string =>
  `ST_SetSRID(ST_Affine(ST_GeomFromText('${wkt}'), ${UNIT}, 0, 0, ${-UNIT}, ${west}, ${north}), 3857)`;

/** A place for each i, that looks random and is the same everywhere. */
const CENTRE =
  "((i * 48271::bigint) % 36000 - 18000) * 1000.0 AS cx, ((i * 69621::bigint) % 34000 - 17000) * 1000.0 AS cy";

/** Statements that make the tables. */
export const TABLES: readonly string[] = [
  `CREATE TABLE points AS
   SELECT i AS id, 'place ' || i % 700 AS name, i * 0.37::float8 AS score, ST_SetSRID(ST_MakePoint(cx, cy), 3857) AS the_geom_webmercator
   FROM (SELECT i, ${CENTRE} FROM generate_series(1, 2000) i) s`,
  `CREATE TABLE areas AS
   SELECT i AS id, 'area ' || i AS name, ST_SetSRID(ST_Multi(CASE i % 3
     WHEN 0 THEN ST_Difference(shape, ST_Buffer(ST_MakePoint(cx, cy), r * 0.3, 10)) ELSE shape END), 3857) AS the_geom_webmercator
   FROM (SELECT i, 60000 + (i * 7919 % 340) * 1000.0 AS r, ${CENTRE} FROM generate_series(1, 600) i) s,
     LATERAL (SELECT ST_MakePolygon(ST_MakeLine(array_agg(ST_MakePoint(
       cx + r * (1 + 0.2 * sin(j % 150 * 0.7)) * cos(j % 150 * pi() / 75),
       cy + r * (1 + 0.2 * sin(j % 150 * 0.7)) * sin(j % 150 * pi() / 75)) ORDER BY j))) AS shape FROM generate_series(0, 150) j) a`,
  `CREATE TABLE roads AS
   SELECT i AS id, 'road ' || i AS name, ST_SetSRID(shape, 3857) AS the_geom_webmercator
   FROM (SELECT i, ${CENTRE} FROM generate_series(1, 600) i) s,
     LATERAL (SELECT ST_MakeLine(array_agg(ST_MakePoint(
       cx + j * 3000 + 20000 * sin(j * 0.3 + i), cy + 30000 * sin(j * 0.11 * (i % 7 + 1))) ORDER BY j)) AS shape
       FROM generate_series(0, 299) j) a`,
  `CREATE TABLE shapes AS SELECT * FROM (VALUES ${EDGE_SHAPES.map(
    ({ id, what, wkt }) => `(${id}, '${what.replaceAll("'", "''")}', ${wkt === null ? "NULL" : onMap(wkt)})`,
  ).join(", ")}) s (id, what, the_geom_webmercator)`,
  `CREATE TABLE typed (id int, flag bool, small int2, big int8, "a single" float4, double float8, price numeric(9,2),
     name text, short varchar(9), padded char(5), day date, tags text[], doc json, code uuid, at timestamptz,
     the_geom_webmercator geometry(Geometry, 3857))`,
  `INSERT INTO typed VALUES (1, true, -5, 9007199254740991, 1.5, 0.1, 1.5, E'Málaga\\t\\\\N', 'abc', 'ab', now(), '{a}', '{}',
     '00000000-0000-0000-0000-000000000000', now(), ${onMap("POINT(10 10)")})`,
  `INSERT INTO typed (id, the_geom_webmercator) VALUES (2, ${onMap("POINT(20 20)")})`,
  "CREATE SEQUENCE numbers",
];
