import { describe, expect, test } from "vitest";
import { ValidationError } from "../../../src/core/errors/index.ts";
import type { CallOptions } from "../../../src/core/call/options.ts";
import { testClient } from "../../support/fakes/test-client.ts";
import { rawCid } from "./sample.ts";

const uri = "at://did:plc:z72i7hdynmk6r22z27h6tvur/app.bsky.feed.post/3l6oveex3ii2l";
const createdAt = "2026-01-31T12:00:00.000Z";
const answer = Response.json({ uri, cid: rawCid });

function setting() {
  return testClient([answer], { validate: {}, service: "https://pds.example", accessToken: "token" });
}

/** What is said of a record: path, then message. */
async function said(record: object, collection = "app.bsky.feed.post", more: object = {}): Promise<string[]> {
  const { client, fetch } = setting();
  const input = { repo: "alice.test", collection, record: record as { [key: string]: unknown }, ...more };
  const result = await client.com.atproto.repo.createRecord(input).result();
  expect(fetch.requests).toHaveLength(result.ok ? 1 : 0);
  if (result.ok) return [];
  const { error } = result;
  expect(error).toBeInstanceOf(ValidationError);
  return (error as ValidationError).issues.map(({ path, message }) => `${path} ${message}`);
}

const image = (blob: object): object => ({
  embed: { $type: "app.bsky.embed.images", images: [{ alt: "", image: blob }] },
});
const key = (currentKey: unknown): Promise<string[]> =>
  said({ version: "1.0.0", currentKey }, "com.germnetwork.declaration", { rkey: "self" });

const post = (more: object): Promise<string[]> => said({ text: "hello", createdAt, ...more });

describe("a record that is refused", () => {
  test("names path, size and limit, in the error and in its row; nothing is sent, charged or repeated", async () => {
    const { client, fetch, lines } = setting();
    const record = { $type: "app.bsky.feed.post", text: "x".repeat(301), createdAt };
    const error: unknown = await client.com.atproto.repo
      .createRecord({ repo: "alice.test", collection: "app.bsky.feed.post", record })
      .catch((reason: unknown) => reason);
    const message =
      "com.atproto.repo.createRecord: input.record.text has 301 graphemes, 300 are allowed. Nothing was sent.";
    expect(error).toMatchObject({
      name: "ValidationError",
      message,
      nsid: "com.atproto.repo.createRecord",
      attempts: 0,
      retryable: false,
      ambiguous: false,
      issues: [
        {
          path: "input.record.text",
          rule: "maxGraphemes",
          actual: 301,
          limit: 300,
          message: "has 301 graphemes, 300 are allowed",
        },
      ],
    });
    expect(fetch.requests).toHaveLength(0);
    const [row] = await client.log.query({ limit: 1 });
    expect(row).toMatchObject({
      endpoint: "xrpc/com.atproto.repo.createRecord",
      state: "failed",
      httpStatusCode: null,
      writeOpPointsConsumed: 0,
      attempts: 0,
      exceptionClass: "ValidationError",
      exceptionText: message,
    });
    // M10: the error says it all.
    expect(lines).toEqual([]);
  });

  test("graphemes are what readers count, bytes what the server does", async () => {
    expect(await post({ text: "👩‍👩‍👧‍👦".repeat(120) })).toEqual([]);
    expect(await post({ text: "👩‍👩‍👧‍👦".repeat(121) })).toEqual(["input.record.text has 3025 bytes, 3000 are allowed"]);
    expect(await post({ text: "é".repeat(301) })).toEqual(["input.record.text has 301 graphemes, 300 are allowed"]);
  });

  test("everything wrong is told, not only the first", async () => {
    expect(await said({ langs: ["en", "de", "fr", "not a language"], reply: { root: {} } })).toEqual([
      "input.record.text is missing",
      "input.record.reply.root.uri is missing",
      "input.record.reply.root.cid is missing",
      "input.record.reply.parent is missing",
      "input.record.langs has 4 items, 3 are allowed",
      'input.record.langs[3] must be a language tag such as en or pt-BR, not "not a language"',
      "input.record.createdAt is missing",
    ]);
  });

  test("the message names three, and counts the rest", async () => {
    const { client } = setting();
    const call = client.com.atproto.repo.createRecord({ repo: "x", collection: "app.bsky.feed.post", record: {} });
    await expect(call).rejects.toThrow(
      'input.repo must be a handle or DID such as alice.example.com, not "x"; input.record.text is missing; input.record.createdAt is missing. Nothing',
    );
  });

  test.each([
    ["2026-01-31T12:00:00.000Z", true],
    ["2026-01-31T12:00:00.123456+02:00", true],
    ["2026-01-31T12:00:00", false],
    ["2026-01-31 12:00:00Z", false],
    ["2026-02-30T12:00:00-00:00", false],
    ["2026-13-01T12:00:00Z", false],
    ["0000-01-01T00:00:00+01:00", false],
    ["yesterday", false],
  ])("datetime %s: %s", async (text, isRight) => {
    expect((await post({ createdAt: text })).length === 0).toBe(isRight);
  });

  test("fractions are refused wherever they are, in unknown collections too", async () => {
    const expected = "is 1.5, but records hold whole numbers only, up to 9007199254740991";
    expect(await post({ extra: { deep: [0, 1.5] } })).toEqual([`input.record.extra.deep[1] ${expected}`]);
    expect(await said({ size: 1.5 }, "com.example.thing")).toEqual([`input.record.size ${expected}`]);
    expect(await post({ extra: { big: 2 ** 53 } })).toHaveLength(1);
    expect(await post({ extra: { fine: 2 ** 53 - 1 } })).toEqual([]);
  });

  test("a blob of the wrong kind, too large, made up, or of the old form", async () => {
    const blob = { $type: "blob", ref: { $link: rawCid }, mimeType: "image/png", size: 2_000_000 };
    const path = "input.record.embed.images[0].image";
    expect(await post(image(blob))).toEqual([]);
    expect(await post(image({ ...blob, size: 2_000_001 }))).toEqual([`${path} has 2000001 bytes, 2000000 are allowed`]);
    expect(await post(image({ ...blob, mimeType: "video/mp4" }))).toEqual([
      `${path}.mimeType is "video/mp4"; image/* are allowed`,
    ]);
    // A link to a node, not to bytes.
    const node = { $link: "bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a" };
    for (const other of [
      { ...blob, ref: node },
      { ...blob, size: -1 },
      { cid: rawCid, mimeType: "image/png" },
    ]) {
      expect(await post(image(other))).toEqual([
        `${path} must be a blob as uploadBlob gives it, { $type: "blob", ref, mimeType, size }, not an object`,
      ]);
    }
  });

  test("bytes, dates and blobs are checked as they travel", async () => {
    expect(await key(new Uint8Array([1, 2]))).toEqual([]);
    expect(await key({ $bytes: "AQI" })).toEqual([]);
    expect(await key("AQI")).toEqual(["input.record.currentKey must be bytes, not a string"]);
    expect(await post({ createdAt: new Date(0) })).toEqual([]);
  });

  test("members of open unions that nobody knows pass, members without $type and of closed ones do not", async () => {
    expect(await post({ embed: { $type: "com.example.embed", anything: 1 } })).toEqual([]);
    const [missing] = await post({ embed: { images: [] } });
    expect(missing).toMatch(/^input\.record\.embed\.\$type is missing; it says which of app\.bsky\.embed\.images, /);
    const { client } = setting();
    const writes = [{ $type: "com.atproto.repo.applyWrites#move" } as never];
    await expect(client.com.atproto.repo.applyWrites({ repo: "alice.test", writes })).rejects.toMatchObject({
      issues: [{ path: "input.writes[0].$type", rule: "closed" }],
    });
  });

  test("text that is too short", async () => {
    const { client } = setting();
    const call = client.chat.bsky.convo.addReaction({ convoId: "c", messageId: "m", value: "" });
    await expect(call).rejects.toMatchObject({
      issues: [
        { path: "input.value", rule: "minLength", actual: 0, limit: 1, message: "has 0 bytes, at least 1 is needed" },
        { path: "input.value", rule: "minGraphemes", actual: 0, limit: 1 },
      ],
    });
  });
});

describe("the collection", () => {
  test("a record of another kind is refused, one that does not say its kind is not", async () => {
    expect(await post({ $type: "app.bsky.feed.like" })).toEqual([
      'input.record.$type is "app.bsky.feed.like", but the collection is "app.bsky.feed.post"',
    ]);
    expect(await said({ $type: "com.example.other" }, "com.example.thing")).toHaveLength(1);
    expect(await post({ $type: "app.bsky.feed.post" })).toEqual([]);
  });

  test("without a lexicon the server decides", async () => {
    expect(await said({ anything: "goes" }, "com.example.thing")).toEqual([]);
  });

  test("record keys are of the collection's kind", async () => {
    const record = { text: "hello", createdAt };
    const wrong = 'input.rkey is "self", but keys of app.bsky.feed.post are TIDs';
    expect(await said(record, "app.bsky.feed.post", { rkey: "self" })).toEqual([wrong]);
    expect(await said(record, "app.bsky.feed.post", { rkey: "3l6oveex3ii2l" })).toEqual([]);
    expect(await said({}, "app.bsky.actor.profile", { rkey: "3l6oveex3ii2l" })).toEqual([
      'input.rkey is "3l6oveex3ii2l", but keys of app.bsky.actor.profile are "self"',
    ]);
    expect(await said({}, "app.bsky.actor.profile", { rkey: "self" })).toEqual([]);
    expect(await said({}, "app.bsky.actor.profile")).toEqual([]);
    expect(await said({ lexicon: 1 }, "com.atproto.lexicon.schema")).toEqual([
      "input.rkey is missing: keys of com.atproto.lexicon.schema are NSIDs, which nobody can make up",
    ]);
    expect(await said({ lexicon: 1 }, "com.atproto.lexicon.schema", { rkey: "self" })).toEqual([
      'input.rkey is "self", but keys of com.atproto.lexicon.schema are NSIDs',
    ]);
    expect(await said({ anything: 1 }, "com.example.thing", { rkey: "not a key" })).toHaveLength(1);
  });
});

describe("other writes", () => {
  test("putRecord, and every record of applyWrites", async () => {
    const { client, fetch } = setting();
    const like = { createdAt, subject: { uri, cid: rawCid } };
    await expect(
      client.com.atproto.repo.putRecord({ repo: "a.test", collection: "app.bsky.feed.like", rkey: "x", record: like }),
    ).rejects.toMatchObject({ issues: [{ path: "input.rkey", rule: "key" }] });
    const create = { $type: "com.atproto.repo.applyWrites#create" as const, collection: "app.bsky.feed.like" };
    const update = { ...create, $type: "com.atproto.repo.applyWrites#update" as const, rkey: "3l6oveex3ii2l" };
    const remove = {
      $type: "com.atproto.repo.applyWrites#delete" as const,
      collection: "app.bsky.feed.like",
      rkey: "3l6oveex3ii2l",
    };
    const writes = [{ ...create, value: like }, remove, { ...update, value: { createdAt } }];
    await expect(client.com.atproto.repo.applyWrites({ repo: "a.test", writes })).rejects.toMatchObject({
      issues: [{ path: "input.writes[2].value.subject", rule: "required" }],
    });
    expect(fetch.requests).toHaveLength(0);
    await client.com.atproto.repo.applyWrites({ repo: "a.test", writes: writes.slice(0, 2) });
    expect(fetch.requests).toHaveLength(1);
  });

  test("the input of any procedure", async () => {
    const { client, fetch } = setting();
    await expect(
      client.app.bsky.actor.putPreferences({
        preferences: [{ $type: "app.bsky.actor.defs#contentLabelPref", label: "x" }],
      } as never),
    ).rejects.toMatchObject({ issues: [{ path: "input.preferences[0].visibility", rule: "required" }] });
    expect(fetch.requests).toHaveLength(0);
  });

  test("what was given may be changed by its owner while the check is loaded", async () => {
    const { client, fetch } = setting();
    const record = { text: "hello", createdAt };
    const call = client.com.atproto.repo.createRecord({ repo: "a.test", collection: "app.bsky.feed.post", record });
    record.text = "x".repeat(301);
    await call;
    expect(JSON.parse(fetch.requests[0]?.body as string)).toMatchObject({ record: { text: "hello" } });
  });

  test("explain tells of it without calling", async () => {
    const { client, fetch } = setting();
    const input = { repo: "a.test", collection: "app.bsky.feed.like", record: {} };
    const { refusal } = await client.explain("com.atproto.repo.createRecord", input);
    expect(refusal?.issues.map(({ path, rule }) => `${path} ${rule}`)).toEqual([
      "input.record.subject required",
      "input.record.createdAt required",
    ]);
    expect(fetch.requests).toHaveLength(0);
  });

  test("`validate: false` in the input is for the server, in the options for the check", async () => {
    const { client, fetch } = setting();
    const write = (input: object, options?: CallOptions): Promise<unknown> =>
      client.com.atproto.repo.createRecord(
        { repo: "a.test", collection: "app.bsky.feed.post", record: { text: 1 }, ...input },
        options,
      );
    await expect(write({ validate: false })).rejects.toThrow("input.record.text must be a string, not 1");
    await write({}, { validate: false });
    await write({}, { validate: { input: false } });
    expect(fetch.requests).toHaveLength(2);
  });
});
