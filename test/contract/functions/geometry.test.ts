import { describe, expect, test } from "vitest";
import { rows, value } from "../../support/sql.ts";
import { engines, startWorld, type World } from "../../support/world.ts";

/** CDB_TransformToWebmercator's answer in whole metres. */
const webmercator = (world: World, geometry: string): Promise<unknown> =>
  value(world, `select st_asewkt(CDB_TransformToWebmercator('${geometry}'::geometry), 0)`);

describe.each(engines)("web mercator on %s", (engine) => {
  test.each([
    ["SRID=4326;POINT(1 2)", "SRID=3857;POINT(111319 222684)"],
    ["SRID=3857;POINT(1e9 2)", "SRID=3857;POINT(1000000000 2)"],
    ["SRID=25830;POINT(500000 4500000)", "SRID=3857;POINT(-333958 4960979)"],
    ["SRID=4326;POINT(180 89)", "SRID=3857;POINT(20037508 30240972)"],
    ["SRID=4326;POINT(0 90)", null],
    ["SRID=4326;POINT(181 0)", null],
    ["SRID=4326;POINT EMPTY", null],
    ["SRID=4326;LINESTRING(170 0,190 0)", "SRID=3857;LINESTRING(18924313 0,20037508 0)"],
    ["SRID=4326;MULTILINESTRING((170 0,190 0))", "SRID=3857;MULTILINESTRING((18924313 0,20037508 0))"],
    ["SRID=4326;MULTIPOINT(0 0,0 90)", "SRID=3857;MULTIPOINT(0 0)"],
  ])("%s becomes %s", async (geometry, expected) => {
    await using world = await startWorld(engine);
    expect(String(await webmercator(world, geometry)).replace("((0 0))", "(0 0)")).toBe(String(expected));
  });

  test("a polygon is cut at the antimeridian, also one that crosses itself", async () => {
    await using world = await startWorld(engine);
    const area = (polygon: string): Promise<unknown> =>
      value(
        world,
        `select round(st_area(st_transform(CDB_TransformToWebmercator('${polygon}'::geometry), 4326))::numeric, 3)`,
      );

    expect(await area("SRID=4326;POLYGON((170 0,190 0,190 10,170 10,170 0))")).toBe(100);
    expect(await area("SRID=4326;POLYGON((170 0,190 10,190 0,170 10,170 0))")).toBe(50);
  });

  test("an unknown SRID is told of", async () => {
    await using world = await startWorld(engine);
    await expect(webmercator(world, "SRID=0;POINT(1 1)")).rejects.toThrow("unknown (0) SRID");
  });

  test("tiles have an extent and a resolution, scales a zoom", async () => {
    await using world = await startWorld(engine);

    expect(await value(world, "select CDB_XYZ_Resolution(0)")).toBe(156_543.033_928_040_97);
    expect(await value(world, "select st_asewkt(CDB_XYZ_Extent(1, 0, 1), 3)")).toBe(
      "SRID=3857;POLYGON((0 0,0 20037508.343,20037508.343 20037508.343,20037508.343 0,0 0))",
    );
    const shared = "st_xmax(CDB_XYZ_Extent(70331, 5, 17)) = st_xmin(CDB_XYZ_Extent(70332, 5, 17))";
    expect(await value(world, `select ${shared}`)).toBe(true);
    const zooms =
      "select array_agg(CDB_ZoomFromScale(s) order by i) from unnest(array[600000001, 559082264, 1000, 0]) with ordinality as u (s, i)";
    expect(await value(world, zooms)).toEqual([null, 0, 19, 29]);
  });

  test("points are made from latitude and longitude, in this order", async () => {
    await using world = await startWorld(engine);
    for (const call of ["CDB_LatLng(1, 2)", "CDB_LatLng(1.0, 2.0)", "CDB_LatLng(1::float8, 2::float8)"]) {
      expect(await value(world, `select st_asewkt(${call})`)).toBe("SRID=4326;POINT(2 1)");
    }
  });
});

describe.each(engines)("grids and lines on %s", (engine) => {
  test("hexagons", async () => {
    await using world = await startWorld(engine);

    expect(
      await value(world, "select count(*) from CDB_HexagonGrid(st_makeenvelope(0, 0, 1000, 1000, 3857), 10)"),
    ).toBe(3_886);
    const small = "from CDB_HexagonGrid(st_makeenvelope(10, 10, 20, 20, 3857), 2) as g";
    expect(
      await rows(world, `select count(*) as cells, sum(st_npoints(g)) as points, min(st_srid(g)) as srid ${small}`),
    ).toEqual([{ cells: 9, points: 63, srid: 3857 }]);
    // Neighbours share their corners exactly: nothing overlaps, and nothing is left between.
    expect(
      await rows(
        world,
        `select geometrytype(st_union(g)) as type, round((st_area(st_union(g)) - sum(st_area(g)))::numeric, 6) as gap ${small}`,
      ),
    ).toEqual([{ type: "POLYGON", gap: 0 }]);
    expect(await value(world, "select st_astext(CDB_MakeHexagon(st_makepoint(1, 1), 2), 3)")).toBe(
      "POLYGON((-1 1,0 2.732,2 2.732,3 1,2 -0.732,0 -0.732,-1 1))",
    );
  });

  test("rectangles", async () => {
    await using world = await startWorld(engine);
    const grid = "CDB_RectangleGrid(st_makeenvelope(0, 0, 1000, 1000, 3857), 10, 10)";
    expect(await rows(world, `select count(*) as n, min(st_xmin(g)) as x from ${grid} as g`)).toEqual([
      { n: 10_000, x: -5 },
    ]);
  });

  test.each(["CDB_HexagonGrid(%e, 1", "CDB_RectangleGrid(%e, 1, 1"])(
    "%s …) refuses what is too much or can't be",
    async (call) => {
      await using world = await startWorld(engine);
      const start = call.replace("%e", "st_makeenvelope(0, 0, 1000, 1000, 3857)");

      await expect(rows(world, `select ${start})`)).rejects.toThrow("The requested grid is too big to be rendered");
      await expect(rows(world, `select ${start}, st_setsrid(st_makepoint(0, 0), 4326))`)).rejects.toThrow(
        "SRID mismatch between extent (3857) and origin (4326)",
      );
      await expect(rows(world, `select ${start.replace(/1$/, "0")})`)).rejects.toThrow("must be above 0");
      await expect(rows(world, `select ${start.replace(/1$/, "1e-9")})`)).rejects.toThrow("too big");
    },
  );

  test("great circles are cut at the antimeridian", async () => {
    await using world = await startWorld(engine);

    const line = "CDB_GreatCircle(CDB_LatLng(55.858, 4.259), CDB_LatLng(40.7127, 74.0059))";
    const q = `select st_astext(st_startpoint(l), 3) as a, st_astext(st_endpoint(l), 3) as b, st_npoints(l) > 40 as fine,
      st_srid(l) as srid, st_ymax(l) > 56.6 as bends from (select ${line} as l) as s`;
    expect(await rows(world, q)).toEqual([
      { a: "POINT(4.259 55.858)", b: "POINT(74.006 40.713)", fine: true, srid: 4326, bends: true },
    ]);
    const across = "CDB_GreatCircle(CDB_LatLng(40, 150), CDB_LatLng(40, -150), 1000000)";
    expect(
      await rows(
        world,
        `select st_xmin(l) as w, st_xmax(l) as e, st_numgeometries(l) as parts from (select ${across} as l) as s`,
      ),
    ).toEqual([{ w: -180, e: 180, parts: 2 }]);
  });
});
