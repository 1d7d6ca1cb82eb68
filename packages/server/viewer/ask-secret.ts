import { type Api, ServerError } from "./api.ts";
import { element } from "./dom.ts";

/** What is asked for. */
export interface Question {
  title: string;
  /** Why it is asked. */
  reason: string;
  /** What the field is called. */
  label: string;
}

/** Asks for a key or a token in a dialog; undefined when it is closed without one. */
export function askSecret({ title, reason, label }: Question): Promise<string | undefined> {
  const field = element("input", { type: "password", name: "secret", autocomplete: "off", spellcheck: "false" });
  field.required = true;
  const cancel = element("button", { type: "button", class: "plain" }, "Cancel");
  const form = element(
    "form",
    { method: "dialog" },
    element("h2", {}, title),
    element("p", {}, reason),
    element("label", {}, element("span", {}, label), field),
    element("div", { class: "buttons" }, cancel, element("button", { value: "ok" }, "Show")),
  );
  const dialog = element("dialog", { "aria-label": title }, form);
  cancel.addEventListener("click", () => dialog.close());
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      const secret = dialog.returnValue === "ok" ? field.value.trim() : "";
      dialog.remove();
      resolve(secret === "" ? undefined : secret);
    });
  });
}

/** Asks for a key of the account and keeps it in this tab. @returns Whether one was given. */
export async function askKey(api: Api, reason: string): Promise<boolean> {
  const label = `API key of ${api.account}`;
  const key = await askSecret({ title: "This needs a key", reason, label });
  if (key !== undefined) api.key = key;
  return key !== undefined;
}

/**
 * Does `action`, and again with what `ask` brought for as long as the server wants a key. A key that the server doesn't
 * know is forgotten, for nothing works with it, not even what is public.
 *
 * @throws what `action` throws, once nothing is given
 */
export async function withSecret<T>(
  api: Api,
  action: () => Promise<T>,
  ask: (reason: string) => Promise<boolean>,
): Promise<T> {
  let before = "";
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof ServerError && error.wantsKey)) throw error;
      if (error.status === 401 && api.key !== undefined) {
        api.key = undefined;
        before = "The server doesn't know that key.\n";
      } else {
        if (!(await ask(before + error.message))) throw error;
        before = "";
      }
    }
  }
}
