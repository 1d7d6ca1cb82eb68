// Small requests: how much the server adds to a bare handler, and the SDK to a bare fetch.
import { alternate, compare, seconds } from "./support/measure.mjs";
import { startChild } from "./support/world.mjs";

const QUERIES = 1_000;

export async function small({ carto, server }, bare) {
  const url = `${server.line}/api/v2/sql`;
  const load = async (target) => {
    const loader = await startChild("loader.mjs", {}, ["32", "3", target]);
    return Number(loader.line);
  };
  const requests = await alternate({
    ours: () => load(`${url}?q=select+1+as+n&api_key=bench-key-0123456789`),
    reference: () => load(`${bare.line}/one`),
  });
  const authorization = `Basic ${Buffer.from(`${carto.username}:bench-key-0123456789`).toString("base64")}`;
  const calls = await alternate(
    {
      ours: async () =>
        QUERIES /
        (await seconds(async () => {
          for (let n = 0; n < QUERIES; n++) await carto.sql.query("select 1 as n");
        })),
      reference: async () =>
        QUERIES /
        (await seconds(async () => {
          for (let n = 0; n < QUERIES; n++) {
            const body = new URLSearchParams({ q: "select 1 as n" });
            await (await fetch(url, { method: "POST", body, headers: { authorization } })).json();
          }
        })),
    },
    { rounds: 7 },
  );
  return [
    {
      name: "select 1, 32 connections",
      of: "a bare handler",
      unit: "requests/s",
      goal: 0.7,
      ours: requests.ours,
      reference: requests.reference,
    },
    { name: "SDK query", of: "fetch", unit: "queries/s", goal: 1 / 1.1, ours: calls.ours, reference: calls.reference },
  ].map(compare);
}
