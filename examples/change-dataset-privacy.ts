// Says who may read a dataset: its owner alone (private), everybody (public), or everybody who knows its address (link).
//
//   node .generated/examples/change-dataset-privacy.js cities public
import { Carto } from "@carto-ts/sdk";

const [name = "cities", privacy = "public"] = process.argv.slice(2);
if (privacy !== "private" && privacy !== "public" && privacy !== "link") throw new Error("say private, public or link");
const carto = Carto.fromEnv();

const dataset = await carto.datasets.update(name, { privacy });
console.log(`${dataset.name} is ${dataset.privacy.toLowerCase()}`);
