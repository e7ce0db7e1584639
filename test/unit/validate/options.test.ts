import { describe, expect, test } from "vitest";
import type { Documents, Procedure, Query } from "../../../src/core/lexicon/definition.ts";
import { procedure, query, record } from "../../../src/core/lexicon/definition.ts";
import { InvalidResponseError, ValidationError } from "../../../src/core/errors/index.ts";
import type { NamespaceOwner } from "../../../src/core/lexicon/namespace.ts";
import { Namespace } from "../../../src/core/lexicon/namespace.ts";
import type { ClientOptions } from "../../../src/client/options.ts";
import { testClient } from "../../support/fakes/test-client.ts";

const account = { service: "https://pds.example", accessToken: "token" } as const;
const setting = (body: unknown, options: ClientOptions = {}) =>
  testClient([Response.json(body)], { validate: {}, ...account, ...options });

describe("parameters of reads", () => {
  test("are for the server to judge, unless asked for", async () => {
    const { client, fetch } = setting({ feed: [] });
    await client.app.bsky.feed.getTimeline({ limit: 101 });
    await expect(
      client.app.bsky.feed.getTimeline({ limit: 101 }, { validate: { params: true } }),
    ).rejects.toMatchObject({
      message: "app.bsky.feed.getTimeline: params.limit is 101, at most 100 is allowed. Nothing was sent.",
      issues: [{ path: "params.limit", rule: "maximum", actual: 101, limit: 100 }],
    });
    expect(fetch.requests).toHaveLength(1);
  });

  test("are read as the server reads the URL", async () => {
    const { client, fetch } = setting({ posts: [] }, { validate: { params: true } });
    const uri = "at://alice.test/app.bsky.feed.post/3l6oveex3ii2l";
    await client.app.bsky.feed.getPosts({ uris: uri as never });
    await client.app.bsky.feed.getPosts({ uris: [uri], unknown: "x" } as never);
    await client.app.bsky.feed.getTimeline({ limit: "10" as never, cursor: undefined });
    await client.app.bsky.feed.getAuthorFeed({ actor: "alice.test", includePins: true });
    expect(fetch.requests).toHaveLength(4);
    const uris = Array.from({ length: 26 }, () => uri);
    await expect(client.app.bsky.feed.getPosts({ uris })).rejects.toThrow("params.uris has 26 items, 25 are allowed");
    await expect(client.app.bsky.feed.getPosts({} as never)).rejects.toThrow("params.uris is missing");
    await expect(client.app.bsky.feed.getPosts({ uris: [uri, "x"] })).rejects.toThrow(
      "params.uris[1] must be an AT-URI",
    );
    await expect(client.app.bsky.feed.getTimeline({ limit: "ten" as never })).rejects.toThrow(
      "params.limit must be an integer, not a string",
    );
  });
});

describe("answers", () => {
  const odd = { did: "did:web:a.example", handle: "a.example", followersCount: "12", followsCount: true };

  test("are taken as they are, unless asked for", async () => {
    const { client, lines } = setting(odd);
    expect(await client.app.bsky.actor.getProfile({ actor: "a.test" })).toEqual(odd);
    expect(lines.filter((line) => line.startsWith("warn"))).toEqual([]);
  });

  test("throw: the call fails, with what is wrong and with the answer's headers; its row says so", async () => {
    const { client, fetch } = setting(odd, { validate: { output: "throw" } });
    const error: unknown = await client.app.bsky.actor
      .getProfile({ actor: "a.test" })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InvalidResponseError);
    expect(error).toMatchObject({
      message:
        "app.bsky.actor.getProfile: the answer is not what its lexicon says: output.followersCount must be an integer, not a string; output.followsCount must be an integer, not a boolean.",
      retryable: false,
      ambiguous: false,
      http: { status: 200 },
      issues: [
        { path: "output.followersCount", rule: "type" },
        { path: "output.followsCount", rule: "type" },
      ],
    });
    expect(fetch.requests).toHaveLength(1);
    const [row] = await client.log.query({ limit: 1 });
    expect(row).toMatchObject({ httpStatusCode: 200, exceptionClass: "InvalidResponseError", state: "failed" });
  });

  test("throw: a write has acted, and says so", async () => {
    const { client } = setting({ uri: "none" }, { validate: { output: "throw" } });
    const call = client.app.bsky.graph.muteActor({ actor: "a.test" }, { validate: { output: "throw" } });
    await call;
    const write = client.com.atproto.repo.createRecord({ repo: "a.test", collection: "com.example.x", record: {} });
    await expect(write).rejects.toMatchObject({ ambiguous: true, retryable: false });
    await expect(write).rejects.toThrow("The server has acted all the same.");
  });

  test("report: each way is told once, and counted; other calls are not disturbed", async () => {
    const feed = Array.from({ length: 3 }, () => ({ post: {} }));
    const { client, lines } = setting({ feed }, { validate: { output: "report" } });
    const told = (): string[] => lines.filter((line) => line.startsWith("warn"));
    expect((await client.app.bsky.feed.getTimeline()).feed).toHaveLength(3);
    const first = told();
    expect(first[0]).toBe(
      "warn app.bsky.feed.getTimeline: the answer is not what the lexicon says: output.feed[].post.uri is missing (in 3 places). This is told once.",
    );
    await client.app.bsky.feed.getTimeline();
    expect(told()).toEqual(first);
    await client.close();
    expect(told()[first.length]).toBe(
      "warn app.bsky.feed.getTimeline: the answer is not what the lexicon says: output.feed[].post.uri is missing. This came in 6 places of 2 answers.",
    );
  });

  test("with bytes, blobs and links in them are read", async () => {
    const blob = {
      $type: "blob",
      ref: { $link: "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku" },
      mimeType: "image/png",
      size: 2,
    };
    const { client } = setting({ blob }, { validate: { output: "throw" } });
    expect(await client.com.atproto.repo.uploadBlob(new Uint8Array([1, 2]))).toEqual({ blob });
  });
});

describe("options", () => {
  test("of a call win over those of a view, those over the client's, field by field", async () => {
    const { client, fetch } = setting({ feed: "none" }, { validate: false });
    const read = (from: typeof client, validate?: ClientOptions["validate"]): Promise<unknown> =>
      from.app.bsky.feed.getTimeline({ limit: 101 }, { validate });
    await read(client);
    const strict = client.with({ validate: { params: true, output: "throw" } });
    await expect(read(strict)).rejects.toBeInstanceOf(ValidationError);
    await expect(read(strict, { params: undefined })).rejects.toBeInstanceOf(ValidationError);
    await expect(read(strict, { params: false })).rejects.toBeInstanceOf(InvalidResponseError);
    await read(strict, false);
    await read(strict.with({ validate: false }));
    expect(fetch.requests).toHaveLength(4);
    // The input stays off where the client turned everything off.
    await strict.com.atproto.repo.deleteRecord(
      { repo: "x", collection: "y", rkey: "z" },
      { validate: { output: false } },
    );
    expect(fetch.requests).toHaveLength(5);
  });

  test("endpoints without a lexicon are for the server to judge", async () => {
    const { client, fetch } = setting({ anything: 1 }, { validate: { params: true, output: "throw" } });
    await client.post("com.example.thing.do", { anything: 1.5 });
    await client.get("com.example.thing.get", { anything: 1 });
    await client.call(procedure<Procedure>("com.example.thing.do", { input: "application/json" }), { anything: 1 });
    expect(fetch.requests).toHaveLength(3);
  });
});

const note = {
  lexicon: 1,
  id: "com.example.note",
  defs: {
    main: {
      type: "record",
      key: "any",
      record: {
        type: "object",
        required: ["text"],
        properties: { text: { type: "string", maxLength: 5 }, more: { type: "ref", ref: "com.example.defs#more" } },
      },
    },
  },
};
const defs = {
  lexicon: 1,
  id: "com.example.defs",
  defs: { more: { type: "object", properties: { n: { type: "integer" } } } },
};
const texts = { "com.example.note": JSON.stringify(note), "com.example.defs": JSON.stringify(defs) };
const table = (documents: object): Documents => ({ "com.example": async () => ({ texts: documents as typeof texts }) });

/** A tree as codegen writes it into another project. */
class Tree extends Namespace {
  constructor(by: NamespaceOwner, documents: Documents) {
    super(by, [{ note: record("com.example.note", "any", { documents }) }]);
  }
}

const write = (client: ReturnType<typeof setting>["client"], value: object): Promise<unknown> =>
  client.com.atproto.repo.createRecord({ repo: "a.test", collection: "com.example.note", record: value });

describe("lexicons of one's own", () => {
  test("are known once their tree hangs on the client, in its views too", async () => {
    const { client, fetch } = setting({ uri: "x", cid: "y" });
    await write(client, { text: "too long" });
    expect(fetch.requests).toHaveLength(1);
    void new Tree(client, table(texts));
    await expect(write(client, { text: "too long" })).rejects.toThrow("input.record.text has 8 bytes, 5 are allowed");
    await expect(write(client.with({}), { text: "fine", more: { n: "1" } })).rejects.toThrow(
      "input.record.more.n must be an integer, not a string",
    );
    await write(client, { text: "fine", more: { n: 1 } });
    expect(fetch.requests).toHaveLength(2);
    // Another client does not know them.
    await write(setting({}).client, { text: "too long" });
  });

  test("documents that are not there are told of, loudly and once; what can be checked is", async () => {
    const { client, lines, fetch } = setting({ uri: "x", cid: "y" });
    void new Tree(client, table({ "com.example.note": texts["com.example.note"] }));
    await write(client, { text: "fine", more: { n: "1" } });
    await write(client, { text: "fine" });
    await expect(write(client, { text: "too long" })).rejects.toThrow("8 bytes, 5 are allowed");
    expect(fetch.requests).toHaveLength(2);
    const told = lines.filter((line) => line.includes("could not be loaded"));
    expect(told).toEqual([
      "error The lexicon com.example.defs could not be loaded (it is not among the generated documents), so what depends on it is not checked. Generate the code anew with skylex-codegen; a bundler must keep the modules below documents/.",
    ]);
  });

  test("a module that cannot be loaded is told of, and calls go on", async () => {
    const { client, lines, fetch } = setting({ uri: "x", cid: "y" });
    const documents: Documents = { "com.example": () => Promise.reject(new Error("no such chunk")) };
    void new Tree(client, documents);
    await write(client, { text: "too long" });
    await client.call(
      query<Query>("com.example.list", { documents, output: "application/json" }),
      {},
      { validate: { params: true } },
    );
    expect(fetch.requests).toHaveLength(2);
    expect(lines.filter((line) => line.includes("no such chunk"))).toHaveLength(2);
  });
});
