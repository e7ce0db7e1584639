import { describe, expect, test } from "vitest";
import { CallPromise } from "../../../src/core/call/call-promise.ts";
import { noHeaders } from "../../../src/core/http/transport.ts";
import type { Call } from "../../../src/core/lexicon/namespace.ts";
import { RecordConflictError, UpstreamError, XrpcError } from "../../../src/index.ts";
import type { CreatedPost, PostOptions } from "../../../src/posts/content.ts";
import { UploadCache } from "../../../src/posts/attachments/upload-cache.ts";
import { postRowOf } from "../../../src/posts/publish/post-row.ts";
import { publishPosts } from "../../../src/posts/publish/publish.ts";
import { cidOfRecord } from "../../../src/posts/records/record-cid.ts";
import type { PostTools } from "../../../src/posts/tools.ts";
import { MemoryStorage } from "../../../src/storage/memory/index.ts";
import type { PostStore } from "../../../src/storage/ports/index.ts";
import { seededRandom } from "../../support/servers/faults.ts";
import { type Ending, explore, type Step, type World } from "./explore.ts";

const REPO = "did:plc:alice";
const KEY = "morning";
const SEED = 7;

/** The account's server, as the official one does it: a record key is taken once, and a second time answered with 500. */
class Repository {
  readonly records = new Map<string, { readonly uri: string; readonly cid: string; readonly value: object }>();

  readonly refuse = (status: number, error: string): never => {
    const http = { status, headers: noHeaders, elapsed: 0, url: "https://pds.example" };
    const details = { nsid: "com.atproto.repo.createRecord", error, http, ambiguous: status >= 500 };
    throw status >= 500 ? new UpstreamError(error, details) : new XrpcError(error, details);
  };

  async create(rkey: string, value: object) {
    if (this.records.has(rkey)) this.refuse(500, "InternalServerError");
    const record = { uri: `at://${REPO}/app.bsky.feed.post/${rkey}`, cid: await cidOfRecord(value), value };
    this.records.set(rkey, record);
    return record;
  }

  read(rkey: string) {
    return this.records.get(rkey) ?? this.refuse(400, "RecordNotFound");
  }
}

const atOnce: Step = (act) => act();

/** Posts under the key as a process of its own, whose every request and every statement is a step. */
function post(text: string, options: PostOptions, repository: Repository, store: PostStore, step: Step) {
  const methods = [
    "get",
    "getByKey",
    "reserve",
    "revise",
    "markUnknown",
    "release",
    "freeKey",
    "moveKey",
    "save",
  ] as const;
  const posts = Object.fromEntries(
    methods.map((name) => [
      name,
      (...args: never[]) => step(() => (store[name] as (...given: never[]) => Promise<unknown>).apply(store, args)),
    ]),
  ) as unknown as PostStore;
  const call = ((endpoint: { nsid: string }, input: { rkey: string; record: object }) =>
    new CallPromise(async () => {
      const http = { status: 200, headers: noHeaders, elapsed: 0, url: "" };
      if (endpoint.nsid.endsWith("getRecord"))
        return { data: await step(async () => repository.read(input.rkey)), http };
      const data = await step(() => repository.create(input.rkey, input.record));
      // As the layer does that remembers posts.
      await posts.save([postRowOf(data.uri, data.cid, input.record)]);
      return { data, http };
    })) as unknown as Call;
  let now = 0;
  const tools = {
    call,
    clock: { now: () => ++now, after: () => () => undefined },
    random: () => 0.5,
    hasAccount: () => Promise.resolve(true),
    did: () => Promise.resolve(REPO),
    posts: () => Promise.resolve(posts),
    check: () => Promise.resolve(),
    uploaded: new UploadCache(),
  } as unknown as PostTools;
  return publishPosts([{ text, key: KEY, createdAt: new Date(0), detectFacets: false }], options, tools);
}

const postOf = (ending: Ending): CreatedPost | undefined =>
  ending !== "died" && "ok" in ending ? (ending.ok as { data: CreatedPost }).data : undefined;

const textsOf = ({ records }: Repository): readonly string[] =>
  [...records.values()].map(({ value }) => (value as { text: string }).text);

/** Processes that say the same: whoever ends gives the same post, and so does whoever comes later. */
function sameContent(count: number, stores: () => readonly PostStore[]): () => World {
  return () => {
    const repository = new Repository();
    const own = stores();
    const storeOf = (at: number): PostStore => own[at % own.length] as PostStore;
    return {
      processes: Array.from({ length: count }, (_, at) => (step) => post("same", {}, repository, storeOf(at), step)),
      judge: async (endings) => {
        const later = await post("same", {}, repository, storeOf(0), atOnce);
        const uris = [later.data, ...endings.flatMap((one) => postOf(one) ?? [])].map(({ uri }) => uri);
        expect(endings.filter((ending) => ending !== "died" && "error" in ending)).toEqual([]);
        expect(new Set(uris).size).toBe(1);
        expect([...repository.records.values()].map(({ uri }) => uri)).toEqual([uris[0]]);
      },
    };
  };
}

const textOf = (at: number): string => `text ${at}`;

/** What a process may rightly say of a repository in which this was posted. */
const isRight = (ending: Ending, own: string, posted: readonly string[]): boolean =>
  ending === "died" ||
  ("error" in ending ? ending.error instanceof RecordConflictError : posted.length === 1 && posted[0] === own);

/** Processes that say different things: one is posted, the others learn of it, and the key knows what was posted. */
function otherContent(count: number): () => World {
  return () => {
    const repository = new Repository();
    const { posts } = new MemoryStorage();
    return {
      processes: Array.from({ length: count }, (_, at) => (step) => post(textOf(at), {}, repository, posts, step)),
      judge: async (endings) => {
        expect(endings.filter((ending, at) => !isRight(ending, textOf(at), textsOf(repository)))).toEqual([]);
        const said = textsOf(repository)[0] ?? textOf(0);
        await post(said, {}, repository, posts, atOnce);
        expect(textsOf(repository)).toEqual([said]);
        await expect(post("another", {}, repository, posts, atOnce)).rejects.toThrow(RecordConflictError);
      },
    };
  };
}

/** Processes that give the key to another post each time: each has a post of its own, and the key stands for one of them. */
function movedKey(count: number): () => World {
  return () => {
    const repository = new Repository();
    const { posts } = new MemoryStorage();
    const options = { ifKeyExists: "post" } as const;
    return {
      processes: Array.from({ length: count }, (_, at) => (step) => post(textOf(at), options, repository, posts, step)),
      judge: async (endings) => {
        expect(endings.filter((ending) => ending !== "died" && "error" in ending)).toEqual([]);
        const uris = endings.flatMap((ending) => postOf(ending)?.uri ?? []);
        expect(new Set(uris).size).toBe(uris.length);
        const there = [...repository.records.values()].map(({ uri }) => uri);
        expect(there).toEqual(expect.arrayContaining(uris));
        expect(there.length).toBeLessThanOrEqual(count);
      },
    };
  };
}

const oneStore = (): readonly PostStore[] => [new MemoryStorage().posts];
const ownStores = (): readonly PostStore[] => [0, 1, 2].map(() => new MemoryStorage().posts);
/** All orders, where somebody has the time: `INTERLEAVINGS=all`. Else some of them, the same in each run. */
const isExhaustive = process.env["INTERLEAVINGS"] === "all";
const bounds = (deaths: number) =>
  isExhaustive ? { deaths } : { deaths, sample: { runs: 300, random: seededRandom(SEED) } };

describe("one key, every order of steps", () => {
  test.each<[string, () => World, number]>([
    ["E1 two processes of one content", sameContent(2, oneStore), 0],
    ["E1 two of one content, one of which dies", sameContent(2, oneStore), 1],
    ["P1 two with databases of their own", sameContent(2, ownStores), 1],
    ["E2 two contents: one is posted, the other is a conflict", otherContent(2), 1],
    ["E3 two that give the key to another post: none is lost", movedKey(2), 1],
  ])(
    "%s",
    async (_, world, deaths) => {
      const runs = await explore(world, bounds(deaths));
      if (isExhaustive) console.info(`${runs} orders`);
      expect(runs).toBeGreaterThanOrEqual(300);
    },
    isExhaustive ? 3_600_000 : 60_000,
  );

  test.each<[string, () => World]>([
    ["E1 three of one content", sameContent(3, oneStore)],
    ["P1 three with databases of their own", sameContent(3, ownStores)],
    ["E2 three contents", otherContent(3)],
    ["E3 three that move the key", movedKey(3)],
  ])(
    "%s, two of which may die",
    async (_, world) => {
      const runs = isExhaustive ? 20_000 : 300;
      expect(await explore(world, { deaths: 2, sample: { runs, random: seededRandom(SEED) } })).toBe(runs);
    },
    isExhaustive ? 3_600_000 : 60_000,
  );
});
