import { Client, type Connection } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { collect, encodeOptions, resultOf } from "../../../../test/support/result-stream.ts";
import type { Column } from "../db/result.ts";
import { csv } from "./csv.ts";
import { json } from "./json.ts";

const url = process.env.TEST_DATABASE_URL;
if (url === undefined) console.warn("formats/postgres.test.ts is skipped: no TEST_DATABASE_URL");

/** A query that collects the CopyData of `COPY … TO STDOUT`. */
class CopyOut {
  readonly chunks: Buffer[] = [];
  readonly done: Promise<void>;
  readonly #text: string;
  #resolve: () => void = () => {};
  #reject: (error: Error) => void = () => {};

  constructor(text: string) {
    this.#text = text;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  submit(connection: Connection): void {
    connection.query(this.#text);
  }

  handleCopyData({ chunk }: { chunk: Buffer }): void {
    this.chunks.push(Buffer.from(chunk));
  }

  handleError(error: Error): void {
    this.#reject(error);
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.#resolve();
  }
}

const client = new Client({ connectionString: url, options: "-c TimeZone=UTC -c extra_float_digits=1" });
beforeAll(async () => {
  if (url !== undefined) await client.connect();
});
afterAll(async () => {
  if (url !== undefined) await client.end();
});

async function copy(query: string): Promise<{ columns: Column[]; chunks: Buffer[] }> {
  const { fields } = await client.query(`select * from (${query}) as q limit 0`);
  const columns = fields.map(({ name, dataTypeID, dataTypeModifier }) => ({
    name,
    oid: dataTypeID,
    typmod: dataTypeModifier,
  }));
  const out = client.query(new CopyOut(`copy (${query}) to stdout`));
  await out.done;
  return { columns, chunks: out.chunks };
}

async function toRows(query: string): Promise<unknown[]> {
  const { columns, chunks } = await copy(query);
  return JSON.parse(await collect(json.encode(resultOf(columns, chunks), encodeOptions()))).rows;
}

// Every form that this server's JSON and PostgreSQL's own have in common.
const COMMON = `
  select
    i::int2 as a_int2, i as b_int4, i::int8 * 4611686018427 as c_int8,
    (random() * 1e6)::float4 as e_float4, (random() - 0.5) * 10 ^ (i % 600 - 300) as f_float8,
    case i % 4 when 0 then 'NaN' when 1 then 'Infinity' when 2 then '-Infinity' else '0' end::float8 as g_special,
    (random() * 1e9)::numeric(20, 6) as h_numeric, i % 3 = 0 as i_bool,
    repeat(chr(1 + i * 7919 % 55000), i % 5) || E'\\\\ " \\t\\r\\n\\b\\f\\v' || chr(1 + i % 40) as j_text,
    nullif(repeat('x', i % 4), '') as k_null, 'pad'::char(9) as l_bpchar, chr(33 + i % 90)::"char" as m_char,
    ('n' || i)::name as n_name, md5(i::text)::uuid as o_uuid, ('10.0.0.' || i % 256)::inet as p_inet,
    ('10.' || i % 256 || '.0.0/16')::cidr as q_cidr, i::bit(8) as r_bit, int4range(i, i + 5) as s_range,
    ('12:00'::time + i * interval '1.5 s') as t_time, to_tsvector('simple', 'a b ' || i) as u_tsvector,
    box(point(i, i), point(0, 0)) as v_box, format('<a b="%s"/>', i)::xml as w_xml,
    jsonb_build_object('k', chr(1 + i * 7919 % 55000) || '"\\', 'n', array[i, null]) as x_jsonb,
    (E'{\\n\\t"a" : [' || i || E',\\r\\n null]}')::json as y_json,
    array[i, null, -i] as z_ints, array[[i::float8, 'NaN'], ['Infinity', 0.5]] as aa_floats,
    array[i % 2 = 0, null] as ab_bools, array['', 'NULL', null, 'a,b', '{', '"', '\\', E'\\t\\n\\v', chr(1 + i * 7919 % 55000)] as ac_texts,
    array['x', 'y ']::varchar[] as ad_varchars, array[i * 1.10] as ae_numerics, array[md5(i::text)::uuid] as af_uuids,
    array[jsonb_build_object('a', 'b"c\\d'), '[1, "x"]'] as ag_jsonbs, array['12:00'::time] as ah_times,
    '[0:1]={5,6}'::int8[] as ai_bounds, '{}'::text[] as aj_empty, array['1.2.3.4'::inet] as ak_inets
  from generate_series(1, 3000) as i`;

test.runIf(url !== undefined)("what row_to_json can write is the same value here", async () => {
  await client.query("select setseed(0.5)");
  await client.query(`create temporary table common as ${COMMON}`);

  const rows = await toRows("select * from common order by b_int4");
  const { rows: expected } = await client.query<{ row: string }>(
    "select row_to_json(c)::text as row from common as c order by b_int4",
  );

  expect(rows).toHaveLength(3000);
  expect(rows).toEqual(expected.map(({ row }) => JSON.parse(row)));
});

test.runIf(url !== undefined)("timestamps of a thousand years, in any time zone, are PostgreSQL's in UTC", async () => {
  const utc = (value: string) => `to_char(${value} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;
  const moments =
    "select timestamptz '1500-01-01' + i * interval '37 days 11:13:17.37' as t from generate_series(0, 9990) as i";

  for (const zone of ["UTC", "Europe/Madrid", "Asia/Kolkata", "America/St_Johns", "Pacific/Apia"]) {
    await client.query(`set timezone = '${zone}'`);
    const rows = await toRows(`select t, ${utc("t")} as expected, array[t] as ts, t::date as d, t::timestamp as l,
      t::date::text || 'T00:00:00Z' as expected_d, to_char(t::timestamp, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as expected_l
      from (${moments}) as m`);

    expect(rows).toHaveLength(9991);
    for (const row of rows as Record<string, string>[]) {
      const { t, expected, ts, d, expected_d, l, expected_l } = row;
      expect([t, ts, d, l]).toEqual([expected, [expected], expected_d, expected_l]);
    }
  }
  await client.query("set timezone = 'UTC'");
});

test.runIf(url !== undefined)("years that ISO 8601 has no four digits for are JavaScript's", async () => {
  const rows = await toRows(
    "select t from generate_series(timestamptz '4000-01-01 BC', timestamptz '20000-01-01', '1234 days 05:06:07') as t",
  );
  const { rows: expected } = await client.query<{ ms: string }>(
    `select floor(extract(epoch from t)) * 1000 as ms
     from generate_series(timestamptz '4000-01-01 BC', timestamptz '20000-01-01', '1234 days 05:06:07') as t`,
  );

  expect(rows).toEqual(expected.map(({ ms }) => ({ t: new Date(Number(ms)).toISOString().replace(".000Z", "Z") })));
});

test.runIf(url !== undefined)("intervals and bytea are their parts", async () => {
  const rows = await toRows(
    `select interval '1 year -2 mons 3 days -04:05:06.789' as a, interval '0' as b, interval '-1.5 s' as c,
       interval '40 hours' as d, '\\x00ff'::bytea as e, array['\\x'::bytea, null] as f, point(1, 2.5) as g,
       circle(point(0, 1), 2) as h, array[point(1, 'NaN')] as i`,
  );

  expect(rows).toEqual([
    {
      ...{ a: { months: 10, days: 3, hours: -4, minutes: -5, seconds: -6, milliseconds: -789 }, b: {} },
      ...{ c: { seconds: -1, milliseconds: -500 }, d: { hours: 40 }, e: { type: "Buffer", data: [0, 255] } },
      ...{ f: [{ type: "Buffer", data: [] }, null], g: { x: 1, y: 2.5 }, h: { x: 0, y: 1, radius: 2 } },
      i: [{ x: 1, y: "NaN" }],
    },
  ]);
});

test.runIf(url !== undefined)("CSV is read back by PostgreSQL's own COPY as casts to text", async () => {
  const source = "select t, e, n, b, c, ts from csv_source";
  await client.query(`create temporary table csv_source as
    select repeat(chr(1 + i * 7919 % 55000), i % 3) || E', " \\r\\n \\\\' as t, ''::text as e, null::text as n,
      i % 2 = 0 as b, rpad('x', i % 5)::char(6) as c, now() + i * interval '1 s' as ts
    from generate_series(1, 2000) as i`);
  const { columns, chunks } = await copy(source);

  const file = await collect(csv.encode(resultOf(columns, chunks), encodeOptions()));

  const { rows } = await client.query<{ line: string[] }>({
    text: `select array[t, e, n, b::text, c::text, ts::text] as line from csv_source`,
  });
  expect(parse(file)).toEqual([columns.map(({ name }) => name), ...rows.map(({ line }) => line)]);
});

function parse(file: string): (string | null)[][] {
  return [...file.matchAll(/((?:"(?:[^"]|"")*"|[^",\r\n])*(?:,(?:"(?:[^"]|"")*"|[^",\r\n]*))*)\r\n/g)].map(
    ([, line = ""]) =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(([, quoted, bare]) =>
        quoted === undefined ? bare || null : quoted.replaceAll('""', '"'),
      ),
  );
}
