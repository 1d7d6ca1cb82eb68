// What the SDK does in the same words wherever it runs: plain JavaScript that knows neither Node nor anything else.

/**
 * Uses every part of the SDK against a server, and gives what came of it, to be the same in every runtime.
 *
 * @param sdk The module `@carto-ts/sdk`.
 * @param place Where the server is, its master key, and a name that is this runtime's alone.
 */
export async function exercise({ Carto, sql }, { baseUrl, apiKey, name }) {
  const carto = new Carto({ baseUrl, apiKey });
  const outcomeOf = (promise) =>
    promise.then(
      () => "done",
      (error) => `${error.constructor.name}: ${error.message}`,
    );
  const textOf = async (stream) => new Response(stream).text();

  const { rows, fields } = await carto.sql.query(
    "select 1 as n, 'Málaga' as town, true as yes, 1.5::float8 as x, null as nothing, date '2024-02-29' as day",
  );
  let streamed = 0;
  for await (const { n } of carto.sql.stream("select generate_series(1, 20000) as n")) streamed += n;

  await carto.sql.query(`create table ${name}_copied (n int, town text)`);
  const lines = Array.from({ length: 5_000 }, (_, n) => `${n},Málaga ${n}\n`).join("");
  const copied = await carto.copy.from(`COPY ${name}_copied (n, town) FROM STDIN WITH (FORMAT csv)`, lines);
  const pieces = new ReadableStream({
    start(controller) {
      for (const line of ["5000,one\n", "5001,two\n"]) controller.enqueue(new TextEncoder().encode(line));
      controller.close();
    },
  });
  const copiedStream = await carto.copy.from(`COPY ${name}_copied (n, town) FROM STDIN WITH (FORMAT csv)`, pieces);
  const copiedOut = await textOf(await carto.copy.to(`COPY (SELECT * FROM ${name}_copied WHERE n > 4999) TO STDOUT`));

  const csv = "name,longitude,latitude\nhere,1.5,2.5\nthere,3,4\n";
  const { datasets } = await carto.datasets.create(new File([csv], `${name}.csv`, { type: "text/csv" }));
  const dataset = datasets[0]?.name ?? "";
  const collection = await carto.sql.geojson(`select * from ${dataset} order by cartodb_id`);
  const csvOut = await textOf(await carto.sql.export(`select name from ${dataset} order by 1`, { format: "csv" }));

  const map = await carto.maps.anonymous.instantiate({
    version: "1.8.0",
    layers: [{ type: "mapnik", options: { sql: `select * from ${dataset}` } }],
  });
  const tile = await map.fetchTile({ z: 0, x: 0, y: 0 });

  const job = await carto.batch.wait(await carto.batch.create(`insert into ${name}_copied values (0, 'batch')`));
  const [{ total }] = (await carto.sql.query(`select count(*) as total from ${name}_copied`)).rows;

  const aborting = new AbortController();
  setTimeout(() => aborting.abort(new Error("changed my mind")), 200);
  return {
    rows,
    fields,
    streamed,
    copied: copied.total_rows,
    copiedStream: copiedStream.total_rows,
    copiedOut,
    dataset: dataset === name,
    features: collection.features.map(({ geometry, properties }) => [geometry, properties.name]),
    csvOut,
    tileBytes: (tile?.length ?? 0) > 100,
    job: job.status,
    total,
    quoted: (await carto.sql.query(sql`select ${"it's"} as text`)).rows,
    syntax: await outcomeOf(carto.sql.query("selekt")),
    badKey: await outcomeOf(new Carto({ baseUrl, apiKey: "wrong" }).sql.query("select 1")),
    aborted: await outcomeOf(carto.sql.query("select pg_sleep(20)", {}, { signal: aborting.signal })),
    late: await outcomeOf(carto.sql.query("select pg_sleep(20)", {}, { timeout: 300, maxRetries: 0 })),
  };
}
