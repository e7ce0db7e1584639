import { writeCarStream } from "@atcute/car";
import { CidLinkWrapper, encode, toBytes } from "@atcute/cbor";
import { CODEC_DCBOR, create } from "@atcute/cid";
import { expect, test } from "vitest";
import { StreamError } from "../../../src/core/errors/index.ts";
import { jetstreamSource } from "../../../src/streams/jetstream.ts";
import { type Source, subscriptionSource, wanting } from "../../../src/streams/source.ts";
import { chance, fuzzSeed, mutateBytes, mutateJson, mutateText, oneOf } from "../../support/fakes/mutations.ts";
import { failure, identity, message } from "./socket-server.ts";

const REPOS = "com.atproto.sync.subscribeRepos";
const ROUNDS = 3000;

const record = { $type: "app.bsky.feed.post", text: "hello", createdAt: "2026-01-01T00:00:00.000Z", tags: ["a", "b"] };

/** The fields of a commit of two creates and a delete. */
async function commit() {
  const blocks = await Promise.all(
    [{ did: "did:plc:one", rev: "3k" }, record, { ...record, text: "two" }].map(async (value) => {
      const data = encode(value);
      return { cid: await create(CODEC_DCBOR, data), data };
    }),
  );
  const links = blocks.map(({ cid }) => new CidLinkWrapper(cid.bytes));
  const car: Uint8Array[] = [];
  const root = links[0] as CidLinkWrapper;
  for await (const part of writeCarStream(
    [root],
    blocks.map(({ cid, data }) => ({ cid: cid.bytes, data })),
  ))
    car.push(part);
  const ops = [
    { action: "create", path: "app.bsky.feed.post/1", cid: links[1] },
    { action: "update", path: "app.bsky.feed.post/2", cid: links[2], prev: links[1] },
    { action: "delete", path: "app.bsky.feed.like/3", cid: null },
  ];
  return {
    seq: 7,
    repo: "did:plc:one",
    commit: root,
    rev: "3k",
    since: null,
    ops,
    blocks: toBytes(Buffer.concat(car)),
  };
}

/** Arrays and maps within each other, as deep as that. */
const nested = (depth: number): Uint8Array => Buffer.concat([Buffer.alloc(depth, 0x81), Buffer.from([0xf6])]);

const strange = [
  null,
  1,
  -1,
  "x",
  [],
  {},
  [null],
  [{}],
  [{ action: 1, path: 2, cid: 3 }],
  true,
  new CidLinkWrapper(new Uint8Array()),
];

/** Reads what a server sent; anything but an event or an error of ours is a bug. */
function read(source: Source<unknown>, bytes: Uint8Array | string, what: string): "read" | "refused" {
  try {
    const { event, problem } = source.read(bytes);
    if (event !== undefined) source.time(event);
    return problem === undefined ? "read" : "refused";
  } catch (error) {
    if (!(error instanceof StreamError)) throw new Error(what, { cause: error });
    return "refused";
  }
}

test(`${ROUNDS} broken messages of a stream: each is read, or refused by a StreamError (FUZZ_SEED=${fuzzSeed})`, async () => {
  const random = chance(fuzzSeed);
  const fields = await commit();
  const whole = message("#commit", fields);
  const originals = [whole, whole, whole, identity(3), failure("FutureCursor", "too far")];
  const sources = [undefined, ["app.bsky.feed.post"], ["app.bsky.*"]].flatMap((collections) =>
    [true, false].map((verify) => subscriptionSource(REPOS, "", { wants: wanting(collections), verify })),
  );
  const outcomes = { read: 0, refused: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const bytes = mutateBytes(oneOf(originals, random), random);
    outcomes[read(oneOf(sources, random), bytes, `round ${round}: ${Buffer.from(bytes).toString("hex")}`)]++;
  }
  // What is whole CBOR, and not what the lexicon says.
  for (const name of Object.keys(fields)) {
    for (const value of strange) {
      const bytes = message("#commit", { ...fields, [name]: value });
      for (const source of sources) outcomes[read(source, bytes, `${name} is ${JSON.stringify(value)}`)]++;
    }
  }
  for (const field of ["action", "path", "cid", "prev"]) {
    for (const value of strange) {
      const ops = fields.ops.map((op) => ({ ...op, [field]: value }));
      for (const source of sources)
        outcomes[read(source, message("#commit", { ...fields, ops }), `${field} of an op`)]++;
    }
  }
  for (const depth of [10, 1000, 10_000, 100_000]) {
    const header = encode({ op: 1, t: "#commit" });
    const key = Buffer.from([0xa1, 0x61, 0x78]);
    const bytes = Buffer.concat([header, key, nested(depth)]);
    for (const source of sources) outcomes[read(source, bytes, `${depth} arrays within each other`)]++;
  }
  expect(outcomes.read).toBeGreaterThan(300);
  expect(outcomes.refused).toBeGreaterThan(300);
});

test(`2000 broken messages of a Jetstream server: each is read, or refused by a StreamError (FUZZ_SEED=${fuzzSeed})`, () => {
  const random = chance(fuzzSeed);
  const source = jetstreamSource({});
  const original = {
    did: "did:plc:one",
    time_us: 1_700_000_000_000_000,
    kind: "commit",
    commit: { rev: "3k", operation: "create", collection: "app.bsky.feed.post", rkey: "1", record, cid: "bafyrei" },
  };
  const outcomes = { read: 0, refused: 0 };
  for (let round = 0; round < 2000; round++) {
    const broken =
      round % 2 === 0
        ? JSON.stringify(mutateJson(original, random))
        : mutateText(JSON.stringify(original), ["{", "}", '"', ",", "null", "\\"], random);
    outcomes[read(source, round % 3 === 0 ? Buffer.from(broken) : broken, `round ${round}: ${broken}`)]++;
  }
  expect(outcomes.read).toBeGreaterThan(300);
  expect(outcomes.refused).toBeGreaterThan(300);
});
