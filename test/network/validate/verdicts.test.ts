import { beforeAll, describe, expect, inject, test } from "vitest";
import type { Client } from "../../../src/client/client.ts";
import type { XrpcError } from "../../../src/core/errors/index.ts";
import { ValidationError } from "../../../src/core/errors/index.ts";
import type { BlobRef } from "../../../src/core/lexicon/formats.ts";
import type { Person } from "../endpoints/accounts.ts";
import { join } from "../endpoints/accounts.ts";
import { makePng } from "../endpoints/png.ts";
import { xrpc } from "../../support/servers/xrpc.ts";

const network = inject("network");
let person: Person;
let client: Client;
let blob: BlobRef;

beforeAll(async () => {
  person = await join(network.pds);
  client = person.client;
  ({ blob } = await client.com.atproto.repo.uploadBlob(makePng(40, 90)));
});

const createdAt = "2026-01-31T12:00:00.000Z";
const uri = "at://did:plc:z72i7hdynmk6r22z27h6tvur/app.bsky.feed.post/3l6oveex3ii2l";
const cid = "bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a";

interface Case {
  readonly collection?: string;
  readonly rkey?: string;
  /** Put into a post that is right otherwise, or the whole record when there is a collection */
  readonly record: object | (() => object);
  /** Which rule breaks; `undefined`: none does */
  readonly rule?: string;
  /** What the server answers then. Default 400 */
  readonly status?: number;
}

const image = (more: object = {}) => ({
  embed: { $type: "app.bsky.embed.images", images: [{ alt: "grey", image: { ...blob, ...more } }] },
});

const cases: Readonly<Record<string, Case>> = {
  "a post": { record: {} },
  "300 graphemes": { record: { text: "x".repeat(300) } },
  "301 graphemes": { record: { text: "x".repeat(301) }, rule: "maxGraphemes" },
  "300 graphemes of many bytes": { record: { text: "🇩🇪".repeat(300) } },
  "3,025 bytes in 121 graphemes": { record: { text: "👨‍👩‍👧‍👦".repeat(121) }, rule: "maxLength" },
  "no text": { record: { text: undefined }, rule: "required" },
  "text that is null": { record: { text: null }, rule: "type" },
  "text that is a number": { record: { text: 5 }, rule: "type" },
  "a datetime that is none": { record: { createdAt: "yesterday" }, rule: "format" },
  "a datetime without a time zone": { record: { createdAt: "2026-01-31T12:00:00.000" }, rule: "format" },
  "a datetime with a small t": { record: { createdAt: "2026-01-31t12:00:00Z" }, rule: "format" },
  "a datetime with a space": { record: { createdAt: "2026-01-31 12:00:00Z" }, rule: "format" },
  "a datetime with microseconds and an offset": { record: { createdAt: "2026-01-31T12:00:00.123456+02:00" } },
  "a datetime at -00:00": { record: { createdAt: "2026-01-31T12:00:00-00:00" }, rule: "format" },
  "the 30th of February": { record: { createdAt: "2026-02-30T12:00:00Z" } },
  "the 32nd of January": { record: { createdAt: "2026-01-32T12:00:00Z" }, rule: "format" },
  "a leap second": { record: { createdAt: "2016-12-31T23:59:60Z" }, rule: "format" },
  "the year 0": { record: { createdAt: "0000-01-01T00:00:00Z" } },
  "a Date": { record: { createdAt: new Date(0) } },
  "3 languages": { record: { langs: ["en", "pt-BR", "zh-Hant-TW"] } },
  "4 languages": { record: { langs: ["en", "de", "fr", "es"] }, rule: "maxLength" },
  "a language that is none": { record: { langs: ["english please"] }, rule: "format" },
  "an empty language": { record: { langs: [""] }, rule: "format" },
  "languages that are no list": { record: { langs: "en" }, rule: "type" },
  "8 tags": { record: { tags: Array.from({ length: 8 }, () => "tag") } },
  "9 tags": { record: { tags: Array.from({ length: 9 }, () => "tag") }, rule: "maxLength" },
  "a tag of 65 graphemes": { record: { tags: ["x".repeat(65)] }, rule: "maxGraphemes" },
  "an extra field": { record: { extra: { deep: [1, "two", null, true] } } },
  "a fraction": { record: { extra: { deep: [1.5] } }, rule: "data-model" },
  "an integer that JavaScript cannot hold": { record: { extra: 2 ** 53 }, rule: "data-model", status: 500 },
  "an unknown embed": { record: { embed: { $type: "com.example.embed", anything: 1 } } },
  "an embed without $type": { record: { embed: { images: [] } }, rule: "$type" },
  "an embed that is a list": { record: { embed: [] }, rule: "type" },
  "a picture": { record: () => image() },
  "a picture of too many bytes": { record: () => image({ size: 2_000_001 }), rule: "maxSize" },
  "a picture that is a video": { record: () => image({ mimeType: "video/mp4" }), rule: "accept" },
  "a picture whose link is to a node": { record: () => image({ ref: { $link: cid } }), rule: "type" },
  "a picture of the old form": {
    record: () => ({
      embed: {
        $type: "app.bsky.embed.images",
        images: [{ alt: "", image: { cid: blob.ref.$link, mimeType: "image/png" } }],
      },
    }),
    rule: "type",
  },
  "5 pictures": {
    record: () => {
      const [one] = image().embed.images;
      return { embed: { $type: "app.bsky.embed.images", images: [one, one, one, one, one] } };
    },
    rule: "maxLength",
  },
  "an answer": { record: { reply: { root: { uri, cid }, parent: { uri, cid } } } },
  "an answer to nothing": { record: { reply: { root: { uri, cid } } }, rule: "required" },
  "an answer to a CID that is none": {
    record: { reply: { root: { uri, cid: "cid" }, parent: { uri, cid } } },
    rule: "format",
  },
  "an answer to a URI that is none": {
    record: { reply: { root: { uri: "https://example.com", cid }, parent: { uri, cid } } },
    rule: "format",
  },
  "a facet": {
    record: {
      facets: [
        {
          index: { byteStart: 0, byteEnd: 5 },
          features: [{ $type: "app.bsky.richtext.facet#link", uri: "https://example.com" }],
        },
      ],
    },
  },
  "a facet before the text": {
    record: { facets: [{ index: { byteStart: -1, byteEnd: 5 }, features: [] }] },
    rule: "minimum",
  },
  "a facet with a link that is none": {
    record: {
      facets: [
        {
          index: { byteStart: 0, byteEnd: 5 },
          features: [{ $type: "app.bsky.richtext.facet#link", uri: "example.com" }],
        },
      ],
    },
    rule: "format",
  },
  labels: { record: { labels: { $type: "com.atproto.label.defs#selfLabels", values: [{ val: "porn" }] } } },
  "the $type of another collection": { record: { $type: "app.bsky.feed.like" }, rule: "$type" },
  "no $type": { record: { $type: undefined } },
  "a key that is no TID": { record: {}, rkey: "self", rule: "key" },
  "a profile": { collection: "app.bsky.actor.profile", rkey: "self", record: { displayName: "x".repeat(64) } },
  "a profile of another name": { collection: "app.bsky.actor.profile", rkey: "other", record: {}, rule: "key" },
  "a profile with 65 graphemes": {
    collection: "app.bsky.actor.profile",
    rkey: "self",
    record: { displayName: "x".repeat(65) },
    rule: "maxGraphemes",
  },
  "a like without its subject": { collection: "app.bsky.feed.like", record: { createdAt }, rule: "required" },
  "a follow of a handle": {
    collection: "app.bsky.graph.follow",
    record: { createdAt, subject: "alice.test" },
    rule: "format",
  },
  "a list whose name is empty": {
    collection: "app.bsky.graph.list",
    record: { createdAt, name: "", purpose: "app.bsky.graph.defs#curatelist" },
    rule: "minLength",
  },
  "a declaration with a value that is none": {
    collection: "chat.bsky.actor.declaration",
    rkey: "self",
    record: { allowIncoming: "nobody" },
  },
  "a record of an unknown collection": { collection: "com.example.thing", record: { anything: ["goes"] } },
  "a fraction in an unknown collection": {
    collection: "com.example.thing",
    record: { anything: 0.5 },
    rule: "data-model",
  },
};

const ref = { uri, cid };
const index = { byteStart: 0, byteEnd: 5 };
const features = [{ $type: "app.bsky.richtext.facet#tag", tag: "x" }];
const like = (subject: unknown) => ({ collection: "app.bsky.feed.like", record: { createdAt, subject } });
const thing = (record: object): Case => ({ collection: "com.example.thing", record });

const refusedLanguages =
  "EN JA jaja english de-DE-1901-1901 en-rozaj-ROZAJ en-a-foo-a-bar en-u-co-phonebk-U-ca-buddhist";
const takenLanguages = "en deu sl-rozaj-biske en-a-foo-b-bar en-x-a-a i-klingon sgn-BE-FR";

/** Where servers are stricter than `@atproto/lexicon`, or know less. */
const strictCases: Readonly<Record<string, Case>> = {
  ...Object.fromEntries([
    ...refusedLanguages
      .split(" ")
      .map((tag) => [`V1 the language ${tag}`, { record: { langs: [tag] }, rule: "format" }]),
    ...takenLanguages.split(" ").map((tag) => [`V1 the language ${tag}`, { record: { langs: [tag] } }]),
  ]),
  "V2 a like of a view": { ...like({ $type: "app.bsky.feed.defs#postView", ...ref }), rule: "$type" },
  "V2 a like of a reference by its long name": {
    ...like({ $type: "com.atproto.repo.strongRef#main", ...ref }),
    rule: "$type",
  },
  "V2 a like of a reference": like({ $type: "com.atproto.repo.strongRef", ...ref }),
  "V2 an answer of another type": {
    record: { reply: { $type: "app.bsky.feed.post#other", root: ref, parent: ref } },
    rule: "$type",
  },
  "V2 a facet of another type": { record: { facets: [{ $type: "a.b.c", index, features }] }, rule: "$type" },
  "V2 a facet with an index of another type": {
    record: { facets: [{ index: { $type: "a.b.c", ...index }, features }] },
    rule: "$type",
  },
  "V3 a CID in base58": { ...like({ uri, cid: "zdpuAyvkgEDQm9TenwGkd5eNaosSxjgEYd8QatfPetgB1CdEZ" }), rule: "format" },
  "V3 a CID of version 0": like({ uri, cid: "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWKPbdG" }),
  "V3 bytes that are none": {
    collection: "com.germnetwork.declaration",
    rkey: "self",
    record: { version: "1.0.0", currentKey: { $bytes: "!!" } },
    rule: "type",
  },
  "V3 an array as a record": { ...thing([]), rule: "type" },
  "V3 a link as a record": { ...thing({ $link: cid }), rule: "type" },
  "V3 bytes as a record": { ...thing({ $bytes: "AQI" }), rule: "type" },
  "V3 an embed by its long name": { record: { embed: { $type: "app.bsky.embed.images#main", images: 5 } } },
  "V3 an embed by two names": { record: { embed: { $type: "app.bsky.embed.images#main#main", images: 5 } } },
  "V3 a like of a name": { ...like({ uri: "at://name", cid }), rule: "format" },
};

const input = ({ collection, rkey, record }: Case) => {
  const given = typeof record === "function" ? record() : record;
  const whole = collection === undefined ? { $type: "app.bsky.feed.post", text: "hello", createdAt, ...given } : given;
  return {
    repo: person.did,
    collection: collection ?? "app.bsky.feed.post",
    rkey,
    record: Array.isArray(whole) ? whole : { ...whole },
  };
};

describe("records: here and there", () => {
  test.each(Object.entries({ ...cases, ...strictCases }))("%s", async (_, one) => {
    const nsid = "com.atproto.repo.createRecord";
    const here = await client.com.atproto.repo.createRecord({ ...input(one), swapCommit: cid }).result();
    const there = await xrpc(network.pds, nsid, { token: person.accessToken, body: input(one) });
    // A swap that cannot be right keeps the first from being written; it is refused after everything else.
    const refusedHere =
      !here.ok && here.error instanceof ValidationError ? here.error.issues.map(({ rule }) => rule) : [];
    expect(refusedHere).toEqual(one.rule === undefined ? [] : [one.rule]);
    expect(there.status).toBe(one.rule === undefined ? 200 : (one.status ?? 400));
  });
});

const handle = "alice.test";
const inputs: Readonly<Record<string, readonly [nsid: string, input: object, rule?: string]>> = {
  "a confirmation without its token": ["com.atproto.server.confirmEmail", { email: "x@test.com" }, "required"],
  "a handle that is none": ["com.atproto.identity.updateHandle", { handle: "not a handle" }, "format"],
  "an app password without a name": ["com.atproto.server.createAppPassword", {}, "required"],
  "writes that are none": ["com.atproto.repo.applyWrites", { repo: handle, writes: [{}] }, "$type"],
  "writes of an unknown kind": [
    "com.atproto.repo.applyWrites",
    { repo: handle, writes: [{ $type: "com.example.move" }] },
    "closed",
  ],
  "preferences that are no list": ["app.bsky.actor.putPreferences", { preferences: {} }, "type"],
  "a preference without its label": [
    "app.bsky.actor.putPreferences",
    { preferences: [{ $type: "app.bsky.actor.defs#contentLabelPref", visibility: "warn" }] },
    "required",
  ],
  "a preference with its default left out": [
    "app.bsky.actor.putPreferences",
    { preferences: [{ $type: "app.bsky.actor.defs#adultContentPref" }] },
  ],
  "an unknown preference": [
    "app.bsky.actor.putPreferences",
    { preferences: [{ $type: "app.bsky.actor.defs#somePref", anything: 1 }] },
  ],
};

describe("inputs: here and there", () => {
  test.each(Object.entries(inputs))("%s", async (_, [nsid, given, rule]) => {
    const own = { ...given, ...("repo" in given && { repo: person.did }) };
    const { status } = await xrpc(network.pds, nsid, { token: person.accessToken, body: own });
    expect(status).toBe(rule === undefined ? 200 : 400);
    const here = await client.post(nsid, own).result();
    const issues = !here.ok && here.error instanceof ValidationError ? here.error.issues : [];
    expect(issues.map((issue) => issue.rule)).toEqual(rule === undefined ? [] : [rule]);
  });
});

const reads: Readonly<Record<string, readonly [nsid: string, params: object, rule?: string]>> = {
  "a limit too high": ["com.atproto.repo.listRecords", { collection: "app.bsky.feed.post", limit: 101 }, "maximum"],
  "a limit too low": ["com.atproto.repo.listRecords", { collection: "app.bsky.feed.post", limit: 0 }, "minimum"],
  "a limit that is text": ["com.atproto.repo.listRecords", { collection: "app.bsky.feed.post", limit: "x" }, "type"],
  "a limit in text": ["com.atproto.repo.listRecords", { collection: "app.bsky.feed.post", limit: "10" }],
  "no collection": ["com.atproto.repo.listRecords", {}, "required"],
  "a collection that is none": ["com.atproto.repo.listRecords", { collection: "posts" }, "format"],
  "an extra parameter": ["com.atproto.repo.listRecords", { collection: "app.bsky.feed.post", extra: "x" }],
};

describe("parameters: here and there", () => {
  test.each(Object.entries(reads))("%s", async (_, [nsid, given, rule]) => {
    const params = { repo: person.did, ...given };
    const there = await client.get(nsid, params, { validate: false }).result();
    expect(there.ok ? 200 : (there.error as XrpcError).status).toBe(rule === undefined ? 200 : 400);
    const here = await client.get(nsid, params, { validate: { params: true } }).result();
    const issues = !here.ok && here.error instanceof ValidationError ? here.error.issues : [];
    expect(issues.map((issue) => issue.rule)).toEqual(rule === undefined ? [] : [rule]);
  });
});

test("facets beyond the text are stored by the server, so that only the check stands before them", async () => {
  const record = {
    $type: "app.bsky.feed.post",
    text: "hello",
    createdAt,
    facets: [{ index: { byteStart: 0, byteEnd: 9 }, features: [{ $type: "app.bsky.richtext.facet#tag", tag: "x" }] }],
  };
  const write = { repo: person.did, collection: "app.bsky.feed.post", record };
  await client.com.atproto.repo.createRecord(write, { validate: false });
  await expect(client.com.atproto.repo.createRecord(write)).rejects.toMatchObject({
    issues: [{ path: "input.record.facets[0].index", rule: "facet", actual: 9, limit: 5 }],
  });
});
