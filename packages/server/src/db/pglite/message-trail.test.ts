import { expect, test } from "vitest";
import { copyDataHead, copyInQuery, extendedQuery, SYNC, simpleQuery } from "../wire/messages.ts";
import { MessageTrail } from "./message-trail.ts";

test("a simple query and a Sync end an exchange, a Parse does not", () => {
  const trail = new MessageTrail();
  const query = simpleQuery("select 1");
  const extended = extendedQuery("select 1");
  trail.give(query);
  trail.give(extended);

  trail.take(query.length + extended.length);

  expect(trail.endsExchange(extended.length)).toBe(true);
  expect(trail.endsExchange(SYNC.length)).toBe(false);
  expect(trail.endsExchange(0)).toBe(true);
});

test("what flows within a COPY belongs to the command that started it", () => {
  const trail = new MessageTrail();
  const copy = copyInQuery("copy t from stdin");
  const data = Buffer.concat([copyDataHead(2), Buffer.from("x\n")]);
  trail.give(copy);
  trail.give(data);

  trail.take(copy.length + data.length);

  expect(trail.endsExchange(0)).toBe(false);
});
