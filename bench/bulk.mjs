// Many rows: COPY in and out, CSV, JSON.
import { statSync } from "node:fs";
import { join } from "node:path";
import { alternate, compare, drain, seconds } from "./support/measure.mjs";
import { ROWS } from "./support/world.mjs";

export async function bulk({ carto, psql, folder, server }, bare) {
  const file = join(folder, "lab.csv");
  await carto.copy.toFile("COPY lab TO STDOUT WITH (FORMAT csv)", file);
  const megabytes = statSync(file).size / 1e6;
  const columns = "id, name, value, at, share";
  const sqlUrl = (params) =>
    `${server.line}/api/v2/sql?${new URLSearchParams({ q: "select * from lab", api_key: "bench-key-0123456789", ...params })}`;
  const speed = (values) => values.map((value) => megabytes / value);
  const rowSpeed = (values) => values.map((value) => ROWS / value / 1000);

  const out = await alternate({
    ours: () =>
      seconds(async () => {
        for await (const _ of await carto.copy.to("COPY lab TO STDOUT WITH (FORMAT csv)"));
      }),
    reference: () => seconds(() => psql("\\copy lab to stdout csv")),
  });
  const into = await alternate({
    ours: async () => {
      await carto.sql.query("truncate lab_in");
      return seconds(() => carto.copy.fromFile(`COPY lab_in (${columns}) FROM STDIN WITH (FORMAT csv)`, file));
    },
    reference: async () => {
      await carto.sql.query("truncate lab_in");
      return seconds(() => psql(`\\copy lab_in (${columns}) from '${file}' csv`));
    },
  });
  const csv = await alternate({
    ours: () => seconds(() => drain(sqlUrl({ format: "csv" }))),
    reference: () => seconds(() => psql("COPY (select * from lab) TO STDOUT csv")),
  });
  const json = await alternate({
    ours: () => seconds(() => drain(sqlUrl({}))),
    naive: () => seconds(() => drain(`${bare.line}/rows`)),
    rowToJson: () => seconds(() => psql("COPY (select row_to_json(t) from lab t) TO STDOUT")),
  });
  const lines = [
    {
      name: "COPY out through the SDK",
      of: "psql \\copy",
      unit: "MB/s",
      goal: 0.8,
      ours: speed(out.ours),
      reference: speed(out.reference),
    },
    {
      name: "COPY in through the SDK",
      of: "psql \\copy",
      unit: "MB/s",
      goal: 0.8,
      ours: speed(into.ours),
      reference: speed(into.reference),
    },
    {
      name: "CSV export",
      of: "psql COPY",
      unit: "MB/s",
      goal: 0.8,
      ours: speed(csv.ours),
      reference: speed(csv.reference),
    },
    {
      name: "JSON",
      of: "a cursor, JSON.stringify a row",
      unit: "k rows/s",
      goal: 5,
      ours: rowSpeed(json.ours),
      reference: rowSpeed(json.naive),
    },
    {
      name: "JSON",
      of: "psql COPY (row_to_json)",
      unit: "k rows/s",
      goal: 2,
      ours: rowSpeed(json.ours),
      reference: rowSpeed(json.rowToJson),
    },
  ];
  return lines.map(compare);
}
