// Node, Deno and Bun: `run.mjs BASE_URL KEY NAME` prints what came of the exercise as JSON.
import process from "node:process";
import * as sdk from "../../packages/sdk/dist/index.js";
import { exercise } from "./exercise.mjs";

const [baseUrl, apiKey, name] = process.argv.slice(2);
console.log(JSON.stringify(await exercise(sdk, { baseUrl, apiKey, name })));
