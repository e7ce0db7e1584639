import { CidLinkWrapper, encode, toBytes } from "@atcute/cbor";
import { CODEC_DCBOR, create } from "@atcute/cid";
import { writeCarStream } from "@atcute/car";
import { describe, expect, it } from "vitest";
import { StreamError } from "../../../src/core/errors/index.ts";
import { subscriptionSource, wanting } from "../../../src/streams/source.ts";
import { failure, frame, message } from "./socket-server.ts";

const REPOS = "com.atproto.sync.subscribeRepos";
const DID = "did:plc:abcdefghijklmnopqrstuvwx";

interface Change {
  readonly action: string;
  readonly path: string;
  readonly record?: object;
  /** Put these bytes where the record belongs */
  readonly bytes?: Uint8Array;
  /** Leave the block out */
  readonly missing?: boolean;
}

async function carOf(blocks: readonly { cid: Uint8Array; data: Uint8Array }[], root: CidLinkWrapper): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of writeCarStream([root], blocks)) parts.push(part);
  return Buffer.concat(parts);
}

async function commit(seq: number, changes: readonly Change[], cut = 0): Promise<Uint8Array> {
  const root = encode({ did: DID, rev: "3kabc" });
  const rootCid = await create(CODEC_DCBOR, root);
  const blocks = [{ cid: rootCid.bytes, data: root }];
  const ops = [];
  for (const { action, path, record, bytes, missing } of changes) {
    const data = record === undefined ? undefined : encode(record);
    const cid = data && (await create(CODEC_DCBOR, data));
    if (data && cid && missing !== true) blocks.push({ cid: cid.bytes, data: new Uint8Array(bytes ?? data) });
    ops.push({ action, path, cid: cid ? new CidLinkWrapper(cid.bytes) : null });
  }
  const link = new CidLinkWrapper(rootCid.bytes);
  const car = await carOf(blocks, link);
  return message("#commit", {
    seq,
    repo: DID,
    commit: link,
    rev: "3kabc",
    since: null,
    time: "2026-01-01T00:00:00.000Z",
    blobs: [],
    tooBig: false,
    rebase: false,
    ops,
    blocks: toBytes(car.subarray(0, car.length - cut)),
  });
}

const source = (collections?: readonly string[], verify = false) =>
  subscriptionSource(REPOS, "", { wants: wanting(collections), verify });

const post = { $type: "app.bsky.feed.post", text: "hello", createdAt: "2026-01-01T00:00:00.000Z" };
const like = { $type: "app.bsky.feed.like", subject: { uri: "at://x", cid: "y" } };

const verifiedAction = (bytes: Uint8Array): unknown =>
  (source(undefined, true).read(bytes).event as { ops: { action: string }[] }).ops[0]?.action;

describe("frames of an event stream", () => {
  it("a commit has its records decoded, links and bytes as plain data", async () => {
    const secret = new Uint8Array([1, 2, 3]);
    const target = await create(CODEC_DCBOR, new Uint8Array([9]));
    const record = { ...post, nested: [{ bytes: toBytes(secret), link: new CidLinkWrapper(target.bytes) }] };
    const bytes = await commit(7, [
      { action: "create", path: "app.bsky.feed.post/3k1", record },
      { action: "delete", path: "app.bsky.feed.like/3k2" },
    ]);
    const { position, event } = source().read(bytes);
    expect(position).toBe(7);
    expect(event).toMatchObject({ $type: `${REPOS}#commit`, repo: DID, since: null, blobs: [], tooBig: false });
    const { ops, commit: root } = event as { ops: { cid: { $link: string }; record: unknown }[]; commit: unknown };
    expect(Object.getPrototypeOf(root)).toBe(Object.prototype);
    expect(ops[0]).toEqual({
      action: "create",
      collection: "app.bsky.feed.post",
      rkey: "3k1",
      path: "app.bsky.feed.post/3k1",
      uri: `at://${DID}/app.bsky.feed.post/3k1`,
      cid: { $link: expect.stringMatching(/^bafyrei/) },
      record: { ...post, nested: [{ bytes: secret, link: { $link: new CidLinkWrapper(target.bytes).$link } }] },
    });
    expect(ops[1]).toMatchObject({ action: "delete", rkey: "3k2", cid: null });
  });

  it("collections are filtered before records are decoded, and the position counts all the same", async () => {
    const broken = new Uint8Array([0xff, 0xff]);
    const bytes = await commit(8, [
      { action: "create", path: "app.bsky.feed.like/3k1", record: like, bytes: broken },
      { action: "create", path: "app.bsky.feed.post/3k2", record: post },
    ]);
    const { event } = source(["app.bsky.feed.post"]).read(bytes);
    expect((event as { ops: unknown[] }).ops).toHaveLength(1);
    expect(source(["app.bsky.graph.*"]).read(bytes)).toEqual({ position: 8, event: undefined });
    expect((source(["app.bsky.feed.*"]).read(bytes).event as { ops: unknown[] }).ops).toHaveLength(2);
  });

  it("what cannot be read is delivered as such, with the reason", async () => {
    const cases: [Change, number, RegExp][] = [
      [{ action: "create", path: "app.bsky.feed.post/1", record: post, missing: true }, 0, /not among the blocks/],
      [{ action: "create", path: "app.bsky.feed.post/1", record: post, bytes: new Uint8Array([0xff]) }, 0, /DAG-CBOR/],
      [{ action: "create", path: "app.bsky.feed.post/1", record: post }, 10, /cannot be read/],
      [{ action: "create", path: "app.bsky.feed.post/1" }, 0, /names no record/],
      [{ action: "rename", path: "app.bsky.feed.post/1", record: post }, 0, /not known/],
    ];
    for (const [change, cut, reason] of cases) {
      const { event } = source().read(await commit(1, [change], cut));
      expect((event as { ops: unknown[] }).ops).toEqual([
        expect.objectContaining({
          action: "unreadable",
          intended: change.action,
          reason: expect.stringMatching(reason),
          uri: `at://${DID}/app.bsky.feed.post/1`,
        }),
      ]);
    }
  });

  it("verify finds a record that is not the one its CID names", async () => {
    const forged = await commit(1, [
      { action: "create", path: "app.bsky.feed.post/1", record: post, bytes: encode({ ...post, text: "forged" }) },
    ]);
    const honest = await commit(1, [{ action: "create", path: "app.bsky.feed.post/1", record: post }]);
    expect(verifiedAction(forged)).toBe("unreadable");
    expect(verifiedAction(honest)).toBe("create");
  });

  it("messages of unknown kinds come with what they hold", () => {
    expect(source().read(message("#later", { seq: 3, text: "x" }))).toEqual({
      position: 3,
      event: { $type: `${REPOS}#later`, seq: 3, text: "x" },
    });
    expect(source().read(message("com.example.other#thing", {})).event).toEqual({ $type: "com.example.other#thing" });
    expect(source().read(frame({ op: 5 }, { a: 1 })).event).toEqual({ $type: `${REPOS}#op5`, a: 1 });
  });

  it("a commit whose changes are no list of paths is reported as a message that cannot be read", () => {
    for (const ops of [{}, "x", [null], [{ action: "create", cid: null }]]) {
      const bytes = message("#commit", { seq: 1, repo: DID, ops });
      const { position, event, problem } = source().read(bytes);
      expect([position, event, problem?.name]).toEqual([1, undefined, "StreamError"]);
      expect(problem?.message).toMatch(/cannot be read/);
    }
  });

  it("error frames are errors by the server's name; a slow consumer may go on", () => {
    expect(() => source().read(failure("FutureCursor", "too far"))).toThrowError(
      expect.objectContaining({ name: "StreamError", error: "FutureCursor", retryable: false, nsid: REPOS }),
    );
    expect(() => source().read(failure("ConsumerTooSlow"))).toThrowError(expect.objectContaining({ retryable: true }));
    for (const bad of [new Uint8Array(), new Uint8Array([1]), Buffer.concat([frame({ op: 1 }, {}), Buffer.from([0])])])
      expect(source().read(bad)).toMatchObject({
        position: undefined,
        event: undefined,
        problem: expect.any(StreamError),
      });
    expect(source().read("text").problem?.message).toMatch(/binary/);
  });
});
