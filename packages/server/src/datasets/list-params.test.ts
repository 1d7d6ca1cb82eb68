import { expect, test } from "vitest";
import { Params } from "../http/params.ts";
import { parseList, parseShow } from "./list-params.ts";

function paramsOf(query: string): Params {
  const params = new Params();
  params.set(Object.fromEntries(new URLSearchParams(query)));
  return params;
}
const parse = (query: string) => parseList(paramsOf(query));

test("without parameters maps are asked for, the latest first", () => {
  expect(parse("")).toMatchObject({
    datasets: false,
    nothing: false,
    box: undefined,
    totals: true,
    filter: { page: 1, perPage: 20, order: [{ by: "updated_at", descending: true }], words: [], locked: undefined },
    shown: { table: true, size: true, permission: true, dependents: false, related: false },
  });
});

test("types win over type", () => {
  expect(parse("type=derived&types=table,slide").datasets).toBe(true);
  expect(parse("type=table&types=derived").datasets).toBe(false);
});

test("words, tags and bounds are read in lower case and as numbers", () => {
  const { filter, box } = parse("type=table&q=%20Big%20CITY&tags=Roads,%20Paris&bbox=-10,35.5,1e1,45&locked=true");
  expect(filter).toMatchObject({ words: ["big", "city"], tags: "roads, paris", locked: true });
  expect(box).toEqual([-10, 35.5, 10, 45]);
});

test("orders may be combined, each with its direction", () => {
  expect(parse("order=privacy,name&order_direction=asc,desc").filter.order).toEqual([
    { by: "privacy", descending: false },
    { by: "name", descending: true },
  ]);
  expect(parse("order=name,updated_at&order_direction=asc").filter.order.map(({ descending }) => descending)).toEqual([
    false,
    false,
  ]);
});

test.each([
  ["shared=only", true],
  ["shared=no&only_shared=true", false],
  ["only_shared=true", true],
  ["exclude_shared=true", false],
  ["only_liked=true", true],
  ["subscribed=true", true],
  ["sample=true", true],
  ["only_liked=false", false],
])("type=table&%s asks for nothing that is here: %s", (query, nothing) => {
  expect(parse(`type=table&${query}`).nothing).toBe(nothing);
});

test.each([
  ["page=0", "Wrong 'page' parameter value."],
  ["page=-1", "Wrong 'page' parameter value."],
  ["page=1.5", "Wrong 'page' parameter value."],
  ["per_page=x", "Wrong 'per_page' parameter value."],
  ["order=nope", "Wrong 'order' parameter value. Valid values are one of name, updated_at, "],
  ["order=name;drop", "Wrong 'order' parameter value."],
  ["order=name,size", "Wrong 'order' parameter combination. Valid values to combine: name, updated_at, favorited, "],
  ["order_direction=up", "Wrong 'order_direction' parameter value. Valid values are one of asc, desc"],
  ["bbox=1,2,3,4", "Filter by bbox is only supported for type table"],
  ["types=table,derived&bbox=1,2,3,4", "Filter by bbox is only supported for type table"],
  ["type=table&bbox=1,2,3", "Wrong 'bbox' parameter value."],
  ["type=table&bbox=1,2,3,x", "Wrong 'bbox' parameter value."],
  ["type=table&bbox=1,2,,4", "Wrong 'bbox' parameter value."],
  ["type=table&bbox=1,2,3,Infinity", "Wrong 'bbox' parameter value."],
  ["q=%00", "Wrong 'q' parameter value."],
  ["tags=a%00", "Wrong 'tags' parameter value."],
])("%s is refused", (query, message) => {
  expect(() => parse(query)).toThrow(
    expect.objectContaining({ status: 400, message: expect.stringContaining(message) }),
  );
});

test("no page is so far that PostgreSQL can't count to it", () => {
  const { page, perPage } = parse("page=99999999999999999999&per_page=99999999999999999999").filter;
  expect(BigInt(page - 1) * BigInt(perPage) < 2n ** 63n).toBe(true);
});

test("a single dataset is told without rights and likes unless they are asked for", () => {
  expect(parseShow(paramsOf(""))).toMatchObject({
    permission: false,
    tablePermission: true,
    liked: false,
    user: false,
  });
  expect(parseShow(paramsOf("show_permission=true&show_liked=true&fetch_user=true"))).toMatchObject({
    permission: true,
    liked: true,
    user: true,
  });
});
