import { expect, test } from "vitest";
import { formatToken, parseToken } from "./token.ts";

const ID = "0123456789abcdef0123456789abcdef";

test.each([
  [ID, { signer: undefined, templateHash: undefined, id: ID, cacheBuster: undefined }],
  [`${ID}:1234567890123`, { signer: undefined, templateHash: undefined, id: ID, cacheBuster: "1234567890123" }],
  [`${ID}:cb0:x`, { signer: undefined, templateHash: undefined, id: ID, cacheBuster: "cb0:x" }],
  [`${ID}:`, { signer: undefined, templateHash: undefined, id: ID, cacheBuster: "" }],
  [`dev@3f2a91bc@${ID}:12`, { signer: "dev", templateHash: "3f2a91bc", id: ID, cacheBuster: "12" }],
  [`dev@${ID}`, { signer: "dev", templateHash: undefined, id: ID, cacheBuster: undefined }],
])("%s is taken apart and put together again", (text, token) => {
  expect(parseToken(text)).toEqual(token);
  expect(formatToken(token)).toBe(text);
});

test("a colon's text may have an @ in it", () => {
  expect(parseToken(`${ID}:a@b`)).toMatchObject({ signer: undefined, id: ID, cacheBuster: "a@b" });
});
