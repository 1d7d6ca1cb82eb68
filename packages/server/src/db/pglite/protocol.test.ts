import { expect, test } from "vitest";
import { simpleQuery } from "../wire/messages.ts";
import { FrontendReader } from "./protocol.ts";

const STARTUP = Buffer.from([0, 0, 0, 9, 0, 3, 0, 0, 0]);
const SSL = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);
const TERMINATE = Buffer.from([0x58, 0, 0, 0, 4]);

function record(): { reader: FrontendReader; seen: string[] } {
  const seen: string[] = [];
  const reader = new FrontendReader({
    onEncryptionRequest: () => seen.push("encryption"),
    onStartup: () => seen.push("startup"),
    onMessages: (bytes) => seen.push(bytes.toString("hex")),
    onTerminate: () => seen.push("terminate"),
  });
  return { reader, seen };
}

test("messages come whole wherever the bytes are cut", () => {
  const first = simpleQuery("select 1");
  const second = simpleQuery("select 'a longer one'");
  const bytes = Buffer.concat([SSL, STARTUP, first, second, TERMINATE]);

  for (let cut = 1; cut < bytes.length; cut++) {
    const { reader, seen } = record();
    reader.push(Buffer.from(bytes.subarray(0, cut)));
    reader.push(Buffer.from(bytes.subarray(cut)));

    expect(seen.filter((event) => !/^[0-9a-f]+$/.test(event))).toEqual(["encryption", "startup", "terminate"]);
    expect(seen.slice(2, -1).join("")).toBe(Buffer.concat([first, second]).toString("hex"));
  }
});

test("half a message is kept back", () => {
  const { reader, seen } = record();
  const query = simpleQuery("delete from t where id = 1");

  reader.push(STARTUP);
  reader.push(query.subarray(0, 18));

  expect(seen).toEqual(["startup"]);
});
