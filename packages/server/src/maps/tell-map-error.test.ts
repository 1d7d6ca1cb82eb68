import { describe, expect, test } from "vitest";
import { EngineBusyError } from "../db/engine.ts";
import { RefusedStatementError } from "../db/guard/policy.ts";
import { UnquotableError } from "../db/identifier.ts";
import { ConnectionLostError, PgError, StatementTimeoutError } from "../db/pg-error.ts";
import { ClientGoneError } from "../http/client.ts";
import { HttpError } from "../http/errors.ts";
import { MapError, mapError } from "./map-error.ts";
import { prefixError, tellMapError } from "./tell-map-error.ts";

const pgError = (code: string, message: string): PgError => new PgError({ severity: "ERROR", code, message });

const TIMEOUT =
  "You are over platform's limits: SQL query timeout error. Refactor your query before running again or contact CARTO support for more details.";

describe("the status follows from the words", () => {
  test.each([
    ["permission denied for table t", 403],
    ["password authentication failed for user x", 403],
    ['Postgis Plugin: ERROR:  column "x" does not exist', 400],
    ['the role "x" does not exist', 403],
    ["function st_nope(geometry) does not exist", 400],
    ['relation "nope" does not exist', 404],
    ['column "name" does not exist', 404],
    ['syntax error at or near ")"', 400],
  ])("%s: %i", (message, status) => {
    expect(tellMapError(mapError(message)).status).toBe(status);
    expect(tellMapError(pgError("XX000", message)).status).toBe(status);
  });

  test("unless the error has one", () => {
    expect(tellMapError(mapError("Template 'x' does not exist", { status: 400 })).status).toBe(400);
  });

  test("of the first of several", () => {
    const told = tellMapError(
      new MapError([
        { type: "dataview", message: "a" },
        { type: "dataview", message: "permission denied" },
      ]),
    );
    expect(told).toEqual({
      status: 400,
      body: {
        errors: ["a", "permission denied"],
        errors_with_context: [
          { type: "dataview", message: "a" },
          { type: "dataview", message: "permission denied" },
        ],
      },
    });
  });
});

test.each([
  [401, "Unauthorized", { type: "auth", message: "Unauthorized", subtype: "api-key-not-found" }],
  [403, "forbidden", { type: "auth", message: "Forbidden", subtype: "api-key-does-not-grant-access" }],
  [403, "permission denied", { type: "auth", message: "Forbidden", subtype: "api-key-username-mismatch" }],
  [
    429,
    "slow down",
    {
      type: "limit",
      message: "You are over platform's limits: too many requests. Please contact us to know more details",
      subtype: "rate-limit",
    },
  ],
])("tells what a key or a client may not: %i %s", (status, message, context) => {
  expect(tellMapError(new HttpError(status, message))).toEqual({
    status,
    body: { errors: [context.message], errors_with_context: [context] },
  });
});

test("tells a body that is too large as a bad request", () => {
  expect(tellMapError(new HttpError(413, "too large")).status).toBe(400);
});

test.each([new StatementTimeoutError("x"), pgError("57014", "canceling statement due to statement timeout")])(
  "tells a statement's timeout as a limit",
  (error) => {
    expect(tellMapError(error)).toEqual({
      status: 429,
      body: { errors: [TIMEOUT], errors_with_context: [{ type: "limit", message: TIMEOUT, subtype: "datasource" }] },
    });
    expect(prefixError(error, "PgMvtRenderer")).toBe(error);
  },
);

test("tells a busy database as a limit, and when to come again", () => {
  const message =
    "You are over platform's limits: Max render capacity exceeded. Contact CARTO support for more details.";
  expect(tellMapError(new EngineBusyError("busy", 3))).toEqual({
    status: 429,
    headers: { "Retry-After": "3" },
    body: { errors: [message], errors_with_context: [{ type: "limit", message, subtype: "render-capacity" }] },
  });
});

test("tells a database that restarts, and when to come again", () => {
  const told = tellMapError(pgError("57P01", "terminating connection due to administrator command"));
  expect([told.status, told.headers]).toEqual([503, { "Retry-After": "2" }]);
});

test.each([
  [new RefusedStatementError("COPY is not for you"), 403, "COPY is not for you"],
  [new UnquotableError("a NUL character"), 400, "a NUL character"],
  [new ClientGoneError("gone"), 499, "gone"],
])("tells what the server itself refused", (error, status, message) => {
  expect(tellMapError(error)).toEqual({
    status,
    body: { errors: [message], errors_with_context: [{ type: "unknown", message }] },
  });
});

test.each([
  new ConnectionLostError("secret host"),
  Object.assign(new Error("connect ECONNREFUSED 10.0.0.1:5432"), { code: "ECONNREFUSED" }),
])("tells a database out of reach without saying where it is", (error) => {
  const message = "cannot connect to the database";
  expect(tellMapError(error)).toEqual({
    status: 500,
    unexpected: true,
    body: { errors: [message], errors_with_context: [{ type: "unknown", message }] },
  });
});

test.each([new TypeError("cannot read secret"), "thrown text", undefined])("keeps what nobody expected", (error) => {
  const told = tellMapError(error);
  expect(told.status).toBe(500);
  expect(told.unexpected).toBe(true);
  expect(told.body.errors).toEqual(["Unexpected error"]);
});

test("takes secrets out of messages", () => {
  const told = (message: string): string | undefined => tellMapError(mapError(message)).body.errors[0];
  expect(told("Postgis Plugin: no\nConnection string: 'host=x password=y'\nencountered")).toBe(
    "Postgis Plugin: noencountered",
  );
  expect(told("could not connect; is the server running on host x\nport 5432? encountered during parsing")).toBe(
    "could not connect; encountered during parsing",
  );
  expect(told("can't read postgres://user:pass@host/db and password=abc")).toBe(
    "can't read postgres://host/db and password=***",
  );
});

test.each([
  "Postgis Plugin".repeat(357) + "column".repeat(833),
  " ".repeat(10_000),
  "is the server ".repeat(714),
  "password='".repeat(1_000),
])("takes little time for whatever words a query makes: %.20s", (words) => {
  const startedAt = performance.now();
  tellMapError(pgError("22P02", `invalid input syntax for type integer: "${words}"`));
  expect(performance.now() - startedAt).toBeLessThan(100);
});

test("cuts what a query made too long, in little time", () => {
  const started = performance.now();
  const told = tellMapError(mapError("is the server function role does not exis".repeat(50_000)));
  expect(told.body.errors[0]).toHaveLength(10_000);
  expect(performance.now() - started).toBeLessThan(500);
});

test("names the part that a query failed in, and keeps the status", () => {
  const error = prefixError(pgError("42P01", 'relation "nope" does not exist'), "PgMvtFactory");
  expect(tellMapError(error)).toEqual({
    status: 404,
    body: {
      errors: ['PgMvtFactory: relation "nope" does not exist'],
      errors_with_context: [{ type: "unknown", message: 'PgMvtFactory: relation "nope" does not exist' }],
    },
  });
  const denied = prefixError(pgError("42501", "permission denied for table t"), "PgMvtRenderer");
  expect(tellMapError(denied).status).toBe(403);
});
