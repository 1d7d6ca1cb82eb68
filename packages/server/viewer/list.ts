import type { Visualization } from "@carto-ts/protocol";
import { Api } from "./api.ts";
import { askKey, withSecret } from "./ask-secret.ts";
import { byId, element, formatCount } from "./dom.ts";

const PAGE = 100;

const api = new Api(document.documentElement.dataset["account"] ?? "");
const pages = `/viewer/${encodeURIComponent(api.account)}`;

document.title = `Maps of ${api.account}`;
byId("account", HTMLElement).textContent = api.account;
byId("query", HTMLFormElement).action = `${pages}/query`;
const search = byId("search", HTMLInputElement);
/** Which of the requests for datasets is the last, for an earlier one may be answered later. */
let latest = 0;
let typing: ReturnType<typeof setTimeout> | undefined;
search.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => void listDatasets(1), 200);
});
byId("more", HTMLButtonElement).addEventListener("click", () => {
  void listDatasets(1 + Math.ceil(byId("datasets", HTMLElement).childElementCount / PAGE));
});
byId("key", HTMLButtonElement).addEventListener("click", () => void changeKey());
void listAll();

async function changeKey(): Promise<void> {
  if (api.key !== undefined) api.key = undefined;
  else if (!(await askKey(api, "With the master key, private datasets and named maps are listed as well."))) return;
  await listAll();
}

async function listAll(): Promise<void> {
  await listDatasets(1);
  byId("key", HTMLButtonElement).textContent = api.key === undefined ? "Enter a key" : "Forget the key";
  byId("maps", HTMLElement).hidden = api.key === undefined;
  if (api.key !== undefined) await listMaps();
}

async function listDatasets(page: number): Promise<void> {
  const turn = ++latest;
  const list = byId("datasets", HTMLElement);
  const query = {
    types: "table",
    order: "updated_at",
    page: String(page),
    per_page: String(PAGE),
    q: search.value.trim(),
  };
  try {
    const answer = await withSecret(
      api,
      () => api.get("/viz", query),
      (reason) => askKey(api, reason),
    );
    if (turn !== latest) return;
    const { visualizations, total_entries: total } = answer as {
      visualizations: Visualization[];
      total_entries: number;
    };
    const rows = visualizations.map(datasetRow);
    if (page === 1) list.replaceChildren(...rows);
    else list.append(...rows);
    byId("more", HTMLButtonElement).hidden = list.childElementCount >= total;
    say("datasets-note", total > 0 ? "" : noneFound());
  } catch (error) {
    say("datasets-note", error instanceof Error ? error.message : String(error));
  }
}

function noneFound(): string {
  if (search.value.trim() !== "") return "No dataset has this in its name, its description or its tags.";
  return api.key === undefined ? "No public dataset. Private ones are listed with a key." : "No dataset yet.";
}

function datasetRow({ name, description, privacy, table, updated_at }: Visualization): HTMLElement {
  const { row_count: rows, geometry_types: types = [] } = table as { row_count?: number; geometry_types?: string[] };
  const facts = [
    rows === undefined ? "" : `${formatCount(rows)} ${rows === 1 ? "row" : "rows"}`,
    types.map((type) => type.replace(/^ST_/, "").toLowerCase()).join(", ") || "no geometry",
    new Date(updated_at).toLocaleDateString(),
  ];
  return entry(`dataset/${encodeURIComponent(name)}`, name, {
    facts: facts.filter(Boolean).join(" · "),
    mark: privacy === "PUBLIC" ? "" : privacy.toLowerCase(),
    description: description ?? "",
  });
}

async function listMaps(): Promise<void> {
  try {
    const { template_ids: names } = (await api.get("/map/named")) as { template_ids: string[] };
    byId("named-maps", HTMLElement).replaceChildren(
      ...names.sort().map((name) => entry(`map/${encodeURIComponent(name)}`, name, {})),
    );
    say("maps-note", names.length > 0 ? "" : "No named map yet.");
  } catch (error) {
    say("maps-note", error instanceof Error ? error.message : String(error));
  }
}

interface EntryParts {
  facts?: string;
  /** A word in a box. */
  mark?: string;
  description?: string;
}

function entry(path: string, name: string, { facts = "", mark = "", description = "" }: EntryParts): HTMLElement {
  return element(
    "li",
    {},
    element(
      "a",
      { href: `${pages}/${path}` },
      element("span", { class: "name" }, name),
      ...(mark ? [element("span", { class: "mark" }, mark)] : []),
      ...(facts ? [element("span", { class: "facts" }, facts)] : []),
      ...(description ? [element("span", { class: "description" }, description)] : []),
    ),
  );
}

function say(id: string, text: string): void {
  byId(id, HTMLElement).textContent = text;
}
