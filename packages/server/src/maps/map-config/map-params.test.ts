import { parse } from "node:querystring";
import lzma from "lzma";
import { expect, test } from "vitest";
import { Params } from "../../http/params.ts";
import { LzmaThread } from "./lzma-thread.ts";
import { parseMapJson, readMapParams, unpackParams } from "./map-params.ts";

function paramsOf(query: string): Params {
  const params = new Params();
  params.set(parse(query));
  return params;
}

test("reads nothing where nothing is given", () => {
  expect(readMapParams(paramsOf("config=&aggregation="))).toEqual({
    config: undefined,
    authTokens: [],
    callback: undefined,
    filters: undefined,
    aggregation: undefined,
  });
});

test("reads what is given", () => {
  const query = 'config={"layers":[]}&callback=cb&filters={"dataviews":{}}&aggregation=false&stat_tag=x';
  expect(readMapParams(paramsOf(query))).toEqual({
    config: { layers: [] },
    authTokens: [],
    callback: "cb",
    filters: { dataviews: {} },
    aggregation: false,
  });
});

test.each([
  ["auth_token=a", ["a"]],
  ["auth_token=a&auth_token=b", ["a", "b"]],
  ["auth_token[]=a&auth_token[]=b", ["a", "b"]],
  ["auth_token%5B%5D=a", ["a"]],
])("%s gives the tokens %j", (query, tokens) => {
  expect(readMapParams(paramsOf(query)).authTokens).toEqual(tokens);
});

test.each(["filters={", "filters=[]", "filters=5", "filters=a&filters=b"])("ignores %s", (query) => {
  expect(readMapParams(paramsOf(query)).filters).toBeUndefined();
});

test("refuses an aggregation that is neither", () => {
  expect(() => readMapParams(paramsOf("aggregation=wadus"))).toThrow(
    "Invalid value for 'aggregation' query param: wadus. Valid ones are 'true' or 'false'",
  );
});

test("refuses a config that is no JSON", () => {
  expect(() => readMapParams(paramsOf("config={"))).toThrow(/^SyntaxError: Expected property name or '}' in JSON/);
  expect(() => parseMapJson("{", "entity.parse.failed")).toThrow(
    expect.objectContaining({
      status: 400,
      contexts: [expect.objectContaining({ type: "entity.parse.failed" })],
    }),
  );
});

test.each([
  ["as JSON", JSON.stringify({ config: '{"layers":[]}' })],
  ["as it is", JSON.stringify({ config: { layers: [] } })],
])("finds a packed config %s among the parameters", async (_, text) => {
  await using thread = new LzmaThread();
  const bytes = lzma.compress(text, 3).map((byte) => byte + 128);
  const params = new Params();
  params.set({ lzma: Buffer.from(bytes).toString("base64"), api_key: "1234" });
  await unpackParams(params, thread);
  expect(readMapParams(params).config).toEqual({ layers: [] });
  expect(params.text("api_key")).toBe("1234");
});
