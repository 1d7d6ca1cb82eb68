import { Api, ServerError } from "./api.ts";
import { askKey, askSecret, withSecret } from "./ask-secret.ts";
import { readBounds } from "./bounds.ts";
import { DataMap } from "./data-map.ts";
import { byId, element } from "./dom.ts";
import { openMap } from "./open-map.ts";
import { readSubject, type Subject, titleOf } from "./subject.ts";

const api = new Api(document.documentElement.dataset["account"] ?? "");
const subject = readSubject(location);

byId("home", HTMLAnchorElement).href = `/viewer/${encodeURIComponent(api.account)}`;
document.title = `${subject ? titleOf(subject) : "Nothing"} – ${api.account}`;
byId("title", HTMLElement).textContent = subject ? titleOf(subject) : "Nothing to show";
if (subject) {
  if (subject.kind === "query") offerQuery(subject.sql);
  void show(subject);
} else {
  complain("There is no such page. The list of datasets has links to those that there are.");
}

async function show(subject: Subject): Promise<void> {
  try {
    let shown = subject;
    const opened = await withSecret(
      api,
      () => openMap(api, shown),
      async (reason) => {
        if (shown.kind !== "map") return askKey(api, reason);
        const label = "Token of this map";
        const token = await askSecret({ title: "This map needs a token", reason, label });
        if (token !== undefined) shown = { ...shown, tokens: [token] };
        return token !== undefined;
      },
    );
    if (opened.layers.length === 0) return complain("This map has no layer that can be drawn as vector tiles.");
    new DataMap({ api, subject: shown, opened, bounds: await readBounds(api, shown) }).start(complain);
  } catch (error) {
    complain(explain(error, subject));
    // What is wrong is as a rule in the query.
    byId("query", HTMLDetailsElement).open = true;
  }
}

function explain(error: unknown, subject: Subject): string {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof ServerError)) return `The map couldn't be made: ${message}`;
  const hint = message.includes("the_geom_webmercator")
    ? `\nA map needs the column the_geom_webmercator${subject.kind === "query" ? " in the query's result" : ""}.`
    : "";
  return message + hint;
}

/** Tells what went wrong, as text; nothing any more for "". */
function complain(message: string): void {
  const notice = byId("notice", HTMLElement);
  notice.hidden = message === "";
  notice.textContent = message;
  if (message !== "") byId("map", HTMLElement).removeAttribute("aria-busy");
}

/** Shows the query, to be changed and shown again. */
function offerQuery(sql: string): void {
  const field = element("textarea", { name: "q", rows: "5", spellcheck: "false", "aria-label": "Query" });
  field.value = sql;
  const form = element("form", { method: "get" }, field, element("button", {}, "Show"));
  byId("query", HTMLElement).replaceChildren(element("summary", {}, "Edit"), form);
  byId("query", HTMLElement).hidden = false;
}
