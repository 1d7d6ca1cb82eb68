import { request } from "node:http";

/** Runs the ways in turn, several rounds after one that doesn't count. Gives each way's results in order. */
export async function alternate(ways, { rounds = 5, warmUp = 1 } = {}) {
  const results = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
  for (let round = -warmUp; round < rounds; round++) {
    for (const [name, way] of Object.entries(ways)) {
      const value = await way();
      if (round >= 0) results[name].push(value);
    }
  }
  return results;
}

/** Seconds that something takes. */
export async function seconds(work) {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}

export const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

/** Reads an answer to its end and drops it; as little work as a client can do. */
export function drain(url) {
  return new Promise((resolve, reject) => {
    request(url, { agent: false }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`status ${answer.statusCode}`));
      answer.on("data", () => {});
      answer.on("end", resolve);
      answer.on("error", reject);
    })
      .on("error", reject)
      .end();
  });
}

/** One line of the final table: speeds (higher is better), their ratio, and the goal for it. */
export function compare({ name, unit, goal, ours, reference, of }) {
  const ratio = median(ours) / median(reference);
  return { name, unit, goal, of, ours: spread(ours), reference: spread(reference), ratio, met: ratio >= goal };
}

function spread(values) {
  const format = (value) => (value >= 100 ? Math.round(value).toLocaleString("en") : value.toFixed(2));
  return `${format(median(values))} (${format(Math.min(...values))}–${format(Math.max(...values))})`;
}
