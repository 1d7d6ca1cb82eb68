import { afterAll, expect, test } from "vitest";
import { StyleThread } from "./style-thread.ts";

const CONTEXT = { faces: undefined, images: {} };
const thread = new StyleThread(1_000);
afterAll(() => thread[Symbol.asyncDispose]());

const compile = (css: string): ReturnType<StyleThread["compile"]> =>
  thread.compile({ styles: [{ id: "layer0", index: 0, css, version: undefined }], context: CONTEXT });

/** Each of its rules doubles those that it comes to. */
const ENDLESS = `#l { ${[
  "marker-width: 1",
  "marker-height: 1",
  "marker-fill: red",
  "marker-opacity: 1",
  "marker-smooth: 1",
  "marker-spacing: 9",
  "marker-max-error: 1",
  "marker-line-width: 1",
  "marker-line-color: red",
  "marker-line-opacity: 1",
  "line-width: 1",
  "line-color: red",
  "line-smooth: 1",
  "line-opacity: 1",
]
  .map((rule, at) => `[c${at} = 1] { ${rule}; }`)
  .join(" ")} }`;

test("a style that takes for ever is given up, and others are read", async () => {
  const endless = compile(ENDLESS);
  const others = Promise.all([compile("#a { line-width: 1; }"), compile("#b { line-width: 2; }")]);
  await expect(endless).rejects.toMatchObject({
    status: 400,
    message: "The style takes too long to compile: use fewer filters, or fewer columns in them",
  });
  expect((await others).map(({ kind }) => kind)).toEqual(["compiled", "compiled"]);
});

test("more styles than may wait are turned away", async () => {
  const all = await Promise.allSettled(Array.from({ length: 80 }, () => compile("#a { line-width: 1; }")));
  const refused = all.filter(({ status }) => status === "rejected");
  expect(refused).toHaveLength(15);
  expect(refused[0]).toMatchObject({ reason: { status: 429, contexts: [{ type: "limit", subtype: "rate-limit" }] } });
});

test("what is thrown at its reading is told as the style's fault", async () => {
  await expect(thread.fill({ css: null as unknown as string, known: [] })).rejects.toMatchObject({
    message: expect.stringMatching(/^The style can't be read: /),
  });
});
