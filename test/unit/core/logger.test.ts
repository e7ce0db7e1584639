import { expect, test } from "vitest";
import { escapeControls, escapeControlsOfJson } from "../../../src/core/control-characters.ts";
import { atLevel } from "../../../src/core/logger.ts";
import { testClient } from "../../support/fakes/test-client.ts";

const acting = [
  ...Array.from({ length: 0x20 }, (_, code) => code),
  ...Array.from({ length: 0x21 }, (_, code) => 0x7f + code),
  0x61c,
  0x200e,
  0x200f,
  0x2028,
  0x2029,
  0x202a,
  0x202b,
  0x202c,
  0x202d,
  0x202e,
  0x2066,
  0x2067,
  0x2068,
  0x2069,
].map((code) => String.fromCharCode(code));

test("N7 whatever a message holds, it is one line in which nothing acts", () => {
  const heard: string[] = [];
  const hear = (message: string): void => void heard.push(message);
  const logger = atLevel({ debug: hear, info: hear, warn: hear, error: hear }, "debug");
  for (const level of ["debug", "info", "warn", "error"] as const) logger[level](acting.join("."));
  expect(heard).toHaveLength(4);
  for (const message of heard) for (const one of acting) expect(message).not.toContain(one);
  expect(escapeControls("a\n\r\t\u001b[2J\u202e\u2028b")).toBe(String.raw`a\n\r\t\u001b[2J\u202e\u2028b`);
});

test("N7 letters, emoji with joiners and marks stay as they are", () => {
  const text = "naïve é\u0301 世界 עברית 👩‍👩‍👧‍👦 👍🏽 می‌خواهم";
  expect(escapeControls(text)).toBe(text);
});

test("N7 JSON stays equal when it is parsed", () => {
  const value = { [acting.join("")]: acting, nested: { text: "a\nb" } };
  for (const space of [undefined, 2]) {
    const written = escapeControlsOfJson(JSON.stringify(value, undefined, space));
    expect(JSON.parse(written)).toEqual(value);
    for (const one of acting.filter((mark) => mark !== "\n")) expect(written).not.toContain(one);
  }
});

test("N7 a server's words cannot forge a line of the log", async () => {
  const forged = "no\n2026-01-01 00:00:00 - ERROR - you were hacked\u001b[2J";
  const refusal = Response.json({ error: "InvalidRequest", message: forged }, { status: 400 });
  const { client, lines } = testClient([refusal]);
  await client.app.bsky.actor.getProfile({ actor: "a.test" }).result();
  expect(lines).toHaveLength(2);
  expect(lines[0]).toContain(String.raw`no\n2026-01-01 00:00:00 - ERROR - you were hacked\u001b[2J`);
  for (const one of ["\n", "\u001b"]) expect(lines.join("")).not.toContain(one);
});
