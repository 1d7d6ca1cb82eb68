import { describe, expect, it } from "vitest";
import { escapeControls, escapeMessage } from "./escape.ts";

describe("escapeControls", () => {
  it("shows what a terminal would obey", () => {
    expect(escapeControls("\u001b[31mred\u001b[0m")).toBe("\\x1b[31mred\\x1b[0m");
    expect(escapeControls("\u001b]0;title\u0007")).toBe("\\x1b]0;title\\x07");
    expect(escapeControls("\u009b2J")).toBe("\\x9b2J");
    expect(escapeControls("a\nb\tc\r")).toBe("a\\nb\\tc\\r");
    expect(escapeControls("\u007f\u0000")).toBe("\\x7f\\x00");
  });

  it("shows what would turn the reading order round", () => {
    expect(escapeControls("abc\u202egpj.exe")).toBe("abc\\u202egpj.exe");
    expect(escapeControls("\u2066x\u2069")).toBe("\\u2066x\\u2069");
  });

  it("shows halves of surrogate pairs and leaves whole ones", () => {
    expect(escapeControls("\ud83d")).toBe("\\ud83d");
    expect(escapeControls("👍 東京 é")).toBe("👍 東京 é");
  });
});

describe("escapeMessage", () => {
  it("keeps lines and tabs", () => {
    expect(escapeMessage("one\n\ttwo\u001b[2J")).toBe("one\n\ttwo\\x1b[2J");
  });
});
