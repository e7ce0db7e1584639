import { isStringFormat } from "@atproto/lex-schema";
import { fromBase64 } from "@atproto/lex-data";
import { lexiconDocumentSchema } from "@atproto/lex-document";
import { describe, expect, test } from "vitest";
import { checkDocuments } from "../../../codegen/load.ts";
import { Refusals } from "../../../codegen/refusals.ts";
import { parseAtUri } from "../../../src/core/identifiers.ts";
import { ValidationError } from "../../../src/core/errors/index.ts";
import { hasFormat } from "../../../src/validate/formats.ts";
import { decodeSent } from "../../../src/validate/values.ts";
import { chance, fuzzSeed, oneOf } from "../../support/fakes/mutations.ts";
import { testClient } from "../../support/fakes/test-client.ts";
import { documentOf, lexicon } from "../codegen/generate.ts";

const uri = "at://did:plc:z72i7hdynmk6r22z27h6tvur/app.bsky.feed.post/3l6oveex3ii2l";
const cid = "bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a";
const createdAt = "2026-01-31T12:00:00.000Z";

/** What is said of a record before it is sent. */
async function said(collection: string, record: object): Promise<readonly string[]> {
  const answer = Response.json({ uri, cid });
  const { client, fetch } = testClient([answer], {
    validate: {},
    service: "https://pds.example",
    accessToken: "token",
  });
  const input = { repo: "alice.test", collection, record: record as { [key: string]: unknown } };
  const result = await client.com.atproto.repo.createRecord(input).result();
  expect(fetch.requests).toHaveLength(result.ok ? 1 : 0);
  if (result.ok) return [];
  if (!(result.error instanceof ValidationError)) throw result.error;
  return result.error.issues.map(({ path, rule }) => `${path} ${rule}`);
}

const post = (more: object): Promise<readonly string[]> =>
  said("app.bsky.feed.post", { text: "hello", createdAt, ...more });
const like = (subject: unknown): Promise<readonly string[]> => said("app.bsky.feed.like", { createdAt, subject });

describe("V1: languages", () => {
  const refused = [
    "EN",
    "JA",
    "En",
    "jaja",
    "english",
    "de-DE-1901-1901",
    "en-rozaj-ROZAJ",
    "en-a-foo-a-bar",
    "en-u-co-phonebk-U-ca-buddhist",
  ];
  const taken = [
    "en",
    "deu",
    "pt-BR",
    "sl-rozaj-biske",
    "zh-cmn-cmn-Hans",
    "en-a-foo-b-bar",
    "en-x-a-a",
    "x-private",
    "X-one-one",
    "i-klingon",
    "sgn-BE-FR",
    "en-GB-oed",
    "art-lojban",
  ];

  test.each(refused)("V1 %s is refused when it is written, and read", async (tag) => {
    expect(await post({ langs: [tag] })).toEqual(["input.record.langs[0] format"]);
    expect(hasFormat("language", tag, false)).toBe(true);
  });

  test.each(taken)("V1 %s is taken", async (tag) => {
    expect(await post({ langs: [tag] })).toEqual([]);
  });

  test(`V1 any other is judged as @atproto/lex-schema does, written and read (FUZZ_SEED=${fuzzSeed})`, () => {
    const random = chance(fuzzSeed);
    const parts =
      "en EN de jaja zh cmn Hans DE 419 1901 rozaj ROZAJ biske a u x U foo bar 1a2b i klingon - english".split(" ");
    const verdicts = { taken: 0, refused: 0 };
    for (let round = 0; round < 5000; round++) {
      const tag = Array.from({ length: 1 + random(6) }, () => oneOf(parts, random)).join("-");
      const strict = isStringFormat(tag, "language");
      expect([tag, hasFormat("language", tag, true)]).toEqual([tag, strict]);
      expect([tag, hasFormat("language", tag, false)]).toEqual([
        tag,
        isStringFormat(tag, "language", { strict: false }),
      ]);
      verdicts[strict ? "taken" : "refused"]++;
    }
    expect(Math.min(verdicts.taken, verdicts.refused)).toBeGreaterThan(300);
  });
});

describe("V2: the $type of what a reference describes", () => {
  const ref = { uri, cid };
  const index = { byteStart: 0, byteEnd: 5 };
  const features = [{ $type: "app.bsky.richtext.facet#tag", tag: "x" }];
  test.each<readonly [string, () => Promise<readonly string[]>, string]>([
    ["another definition", () => like({ $type: "app.bsky.feed.defs#postView", ...ref }), "subject"],
    ["the long name", () => like({ $type: "com.atproto.repo.strongRef#main", ...ref }), "subject"],
    ["the name of a reference", () => like({ $type: "lex:com.atproto.repo.strongRef", ...ref }), "subject"],
    ["no text", () => like({ $type: 5, ...ref }), "subject"],
    ["null", () => like({ $type: null, ...ref }), "subject"],
    [
      "another one of the same document",
      () => post({ reply: { $type: "app.bsky.feed.post#entity", root: ref, parent: ref } }),
      "reply",
    ],
    [
      "another one deeper down",
      () => post({ reply: { root: ref, parent: { $type: "a.b.c", ...ref } } }),
      "reply.parent",
    ],
    ["another one in a list", () => post({ facets: [{ $type: "a.b.c", index, features }] }), "facets[0]"],
    [
      "another one within that",
      () => post({ facets: [{ index: { $type: "a.b.c", ...index }, features }] }),
      "facets[0].index",
    ],
  ])("V2 %s is refused", async (_, check, place) => {
    expect(await check()).toEqual([`input.record.${place}.$type $type`]);
  });

  test("V2 its own is taken, as is none", async () => {
    expect(await like({ $type: "com.atproto.repo.strongRef", ...ref })).toEqual([]);
    expect(await like({ $type: undefined, ...ref })).toEqual([]);
    expect(await post({ reply: { $type: "app.bsky.feed.post#replyRef", root: ref, parent: ref } })).toEqual([]);
    expect(await post({ facets: [{ $type: "app.bsky.richtext.facet", index, features }] })).toEqual([]);
  });
});

describe("V3: what servers take, and no more", () => {
  test.each([
    ["zdpuAyvkgEDQm9TenwGkd5eNaosSxjgEYd8QatfPetgB1CdEZ", false],
    ["k2jmtxvxsf6b3rjgvktiqhjqzzjtd0a7lv5vbwcb1b6jnyn4ucjsnbrv", false],
    [cid.toUpperCase(), false],
    ["QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWKPbdG", true],
    [cid, true],
  ])("V3 the CID %s: %s", async (text, isRight) => {
    expect(await like({ uri, cid: text })).toEqual(isRight ? [] : ["input.record.subject.cid format"]);
    expect(isStringFormat(text, "cid")).toBe(isRight);
  });

  const texts = [
    "",
    "A",
    "AQ",
    "AQ=",
    "AQ==",
    "AQI",
    "AQI=",
    "AQI==",
    "A QI",
    "AQJ",
    "_-8",
    "/+8",
    "!!",
    "AQ\nI",
    "=",
    "A=",
    "AQIDBA=",
    "AQ==AQ",
    "é",
  ];
  test.each(texts)("V3 $bytes %j", async (text) => {
    let right: Uint8Array | undefined;
    try {
      right = fromBase64(text);
    } catch {
      // It is none.
    }
    expect(decodeSent(JSON.stringify({ a: { $bytes: text } }))).toEqual({
      a: right === undefined ? { $bytes: text } : new Uint8Array(right),
    });
    const key = { version: "1.0.0", currentKey: { $bytes: text } };
    const issues = await said("com.germnetwork.declaration", key);
    expect(issues.filter((issue) => issue.includes("currentKey"))).toEqual(
      right === undefined ? ["input.record.currentKey type"] : [],
    );
  });

  test.each<readonly [string, unknown]>([
    ["an array", []],
    ["a link", { $link: cid }],
    ["bytes", { $bytes: "AQI" }],
    ["bytes as they are", new Uint8Array(2)],
  ])("V3 unknown takes no %s", async (_, record) => {
    expect(await said("com.example.thing", record as object)).toEqual(["input.record type"]);
  });

  test("V3 unknown takes any other object", async () => {
    expect(await said("com.example.thing", { a: [{ $link: cid }], b: { $bytes: "AQI" } })).toEqual([]);
    expect(await said("com.example.thing", {})).toEqual([]);
  });

  test.each([
    "app.bsky.embed.images#main",
    "lex:app.bsky.embed.images",
    "app.bsky.embed.images#main#main",
    "a#main#main",
    "app.bsky.embed.record#view#main",
    "",
  ])("V3 an open union takes %j as a member that it does not know", async ($type) => {
    expect(await post({ embed: { $type, images: 5 } })).toEqual([]);
  });

  test("V3 a closed one does not, and the rest of a value is checked beside it", async () => {
    expect(await post({ embed: { $type: "app.bsky.embed.images#main", images: 5 }, langs: 5 })).toEqual([
      "input.record.langs type",
    ]);
    const writes = [
      { $type: "com.atproto.repo.applyWrites#create#main", collection: "com.example.thing", value: {} } as never,
    ];
    const { client } = testClient([], { validate: {}, service: "https://pds.example", accessToken: "token" });
    await expect(client.com.atproto.repo.applyWrites({ repo: "alice.test", writes })).rejects.toMatchObject({
      issues: [{ path: "input.writes[0].$type", rule: "closed" }],
    });
  });

  test("V3 a definition cannot be unknown", async () => {
    const document = lexicon("com.example.x", { anything: { type: "unknown" } });
    const refusals = new Refusals();
    expect(await checkDocuments([documentOf(document)], new Set(), refusals)).toEqual([]);
    expect(refusals.all.map(({ pointer }) => pointer)).toEqual(["/defs/anything/type"]);
    expect(lexiconDocumentSchema.safeParse(document).success).toBe(false);
  });

  test.each([
    ["at://name", false],
    ["at://name/app.bsky.feed.post/3k", false],
    ["at://did:plc:", false],
    ["at://DID:plc:abc", false],
    ["at://alice.test/app.bsky.feed.post/.", false],
    ["at://alice.test/app.bsky.feed.post/a@b", false],
    ["at://alice.test/posts/3k", false],
    ["at://alice.test", true],
    ["at://alice.test/app.bsky.feed.post", true],
    ["at://did:plc:z72i7hdynmk6r22z27h6tvur/app.bsky.feed.post/self", true],
    [uri, true],
  ])("V3 parseAtUri of %s: %s", (text, isRight) => {
    expect(parseAtUri(text) !== undefined).toBe(isRight);
    expect(isStringFormat(text, "at-uri")).toBe(isRight);
  });
});
