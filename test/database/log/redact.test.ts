import { describe, expect, test } from "vitest";
import { MAX_TEXT, paramsText } from "../../../src/log/params-text.ts";
import { createRedactor, redactText } from "../../../src/log/redact.ts";

const jwt = "eyJhbGciOiJFUzI1NksifQ.eyJzdWIiOiJkaWQ6cGxjOmEifQ.c2lnbmF0dXJl-_x";
const appPassword = "abcd-2efg-hij3-klmn";
const write = (value: unknown, options = {}, nsid = "com.example.do"): string =>
  paramsText(value, nsid, createRedactor(options)) as string;
const read = (value: unknown, options = {}, nsid?: string): unknown => JSON.parse(write(value, options, nsid));

describe("what is kept out of the log", () => {
  test.each([
    "password",
    "authFactorToken",
    "token",
    "accessJwt",
    "refreshJwt",
    "Authorization",
    "client_secret",
    "api-key",
    "inviteCode",
    "verificationCode",
    "newPassword",
  ])("A7.8 the value of %s, at any depth", (name) => {
    expect(read({ a: [{ [name]: "hunter2" }], b: 1 })).toEqual({ a: [{ [name]: "[redacted]" }], b: 1 });
    expect(read({ [name]: 123_456 })).toEqual({ [name]: "[redacted]" });
  });

  test("A7.8 figures about secrets are no secrets, nor are absent ones", () => {
    const value = { inviteCodeRequired: true, tokenRequired: false, codeCount: 2, password: null };
    expect(read(value)).toEqual(value);
  });

  test.each([
    ["a JWT", `with ${jwt} inside`, "with [redacted] inside"],
    ["a JWT that was cut off", `with ${jwt.slice(0, 40)}`, "with [redacted]"],
    ["a bearer token", "Authorization: Bearer abc.def-123456", "Authorization: Bearer [redacted]"],
    ["an app password", `it is ${appPassword}!`, "it is [redacted]!"],
    [
      "a token in a URL",
      "https://a.example/x?token=abc&y=1#access_token=q",
      "https://a.example/x?token=[redacted]&y=1#access_token=[redacted]",
    ],
    ["a password in a URL", "postgres://me:pass@db.example/x", "postgres://[redacted]@db.example/x"],
    ["quoted JSON", 'got {"password":"a\\"b","x":1}', 'got {"password":"[redacted]","x":1}'],
  ])("A7.8 %s in a text", (_, text, clean) => {
    expect(redactText(text)).toBe(clean);
    expect(redactText(clean)).toBe(clean);
    expect(read({ deep: [{ note: text }] })).toEqual({ deep: [{ note: clean }] });
  });

  test.each([
    "at://did:plc:abc/app.bsky.feed.post/3kabc",
    "123e4567-e89b-12d3-a456-426614174000",
    "did:web:api.bsky.chat#bsky_chat",
    "https://a.example/x?cursor=eyJhIjoxfQ&limit=3",
    "mail me: a@b.example, or see https://a.example/@me",
    "the bearer of news",
  ])("what is no secret stays: %s", (text) => expect(redactText(text)).toBe(text));

  test("further names and the text of direct messages, when asked for", () => {
    const message = { convoId: "1", message: { text: "hello" } };
    expect(read({ e_mail: "a", phone: "b" }, { redact: ["eMail"] })).toEqual({ e_mail: "[redacted]", phone: "b" });
    const chat = "chat.bsky.convo.sendMessage";
    expect(read(message, {}, chat)).toEqual(message);
    expect(read(message, { redactMessages: true }, chat)).toEqual({ convoId: "1", message: { text: "[redacted]" } });
    expect(read(message, { redactMessages: true }, "com.example.do")).toEqual(message);
    expect(read({ phone: "1", code: "123456" }, {}, "app.bsky.contact.verifyPhone")).toEqual({
      phone: "1",
      code: "[redacted]",
    });
  });
});

describe("params as text", () => {
  test("the common case is the value's own JSON, and the value is not changed", () => {
    const value = { actor: "a.test", limit: 50, tags: ["x", "y"], flag: true, none: undefined, nothing: null };
    expect(write(value)).toBe(JSON.stringify(value));
    const secret = { password: "p", list: [jwt] };
    write(secret);
    expect(secret).toEqual({ password: "p", list: [jwt] });
    expect(paramsText(undefined, "a.b.c", createRedactor())).toBeNull();
  });

  test.each([
    ["a long text", { text: "x".repeat(100_000), keep: 1 }],
    ["many texts", { list: Array.from({ length: 500 }, () => "y".repeat(500)), keep: 1 }],
    ["many members", Object.fromEntries(Array.from({ length: 9000 }, (_, index) => [`name-${index}`, index]))],
    ["characters that JSON escapes", { text: '\u0001"'.repeat(20_000) }],
    ["long names", Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`${index}`.repeat(2000), index]))],
    ["a text alone", "é\ud83d\ude00".repeat(50_000)],
    [
      "many small objects",
      { writes: Array.from({ length: 200 }, (_, n) => ({ $type: "a", value: { text: "t".repeat(300), n } })) },
    ],
  ])("A7.4 %s is cut, and still valid JSON", (_, value) => {
    const text = write(value);
    expect(text.length).toBeLessThanOrEqual(MAX_TEXT);
    expect(() => JSON.parse(text) as unknown).not.toThrow();
    expect(write(value)).toBe(text);
  });

  test("A7.4 a long value says how long it was, and short ones beside it are kept", () => {
    const text = "x".repeat(100_000);
    expect(read({ text, keep: 1 })).toEqual({ text: `${"x".repeat(200)}… <100000 characters>`, keep: 1 });
    const list = Array.from({ length: 5000 }, (_, index) => index);
    expect((read({ list }) as { list: unknown[] }).list.at(-1)).toBe("<5000 items>");
  });

  test("a secret at the place of the cut is not cut in two", () => {
    for (const start of [150, 170, 180, 190, 199]) {
      const text = `${"x ".repeat(start / 2)}${appPassword} ${jwt} ${"y".repeat(20_000)}`;
      expect(write({ text })).not.toMatch(/abcd|2efg|eyJ/);
    }
  });

  test("A7.4 bytes become type and size", () => {
    const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2]);
    expect(read(png)).toEqual({ bytes: 10, type: "image/png" });
    expect(read({ a: png.buffer })).toEqual({ a: { bytes: 10, type: "application/octet-stream" } });
    expect(read(new Blob(["abc"], { type: "text/vtt" }))).toEqual({ bytes: 3, type: "text/vtt" });
    expect(read(new ReadableStream())).toEqual({ bytes: null, type: "stream" });
  });

  test("what JSON cannot hold is said, and nothing throws", () => {
    const circle: Record<string, unknown> = { date: new Date(0), big: 10n, map: new Map(), run: () => 1 };
    circle["self"] = circle;
    expect(read(circle)).toEqual({
      date: "1970-01-01T00:00:00.000Z",
      big: "10",
      map: "<Map>",
      run: "<function>",
      self: "<contains itself>",
    });
    const trap = {
      get a(): string {
        throw new RangeError("no");
      },
    };
    expect(read(trap)).toBe("<cannot be read: RangeError>");
    const nothing: unknown = Object.assign(Object.create(null) as object, { a: 1 });
    expect(read(nothing)).toEqual({ a: 1 });
    let deep: unknown = 1;
    for (let level = 0; level < 10_000; level++) deep = [deep];
    expect(write(deep).length).toBeLessThan(200);
    expect(read({ toJSON: () => ({ password: "p" }) })).toEqual({ password: "[redacted]" });
  });
});
