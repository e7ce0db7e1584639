import { zstdCompressSync } from "node:zlib";
import { array, assert, asyncProperty, boolean, integer, nat, record, tuple } from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { Client } from "../../../src/client/client.ts";
import { ValidationError } from "../../../src/core/errors/index.ts";
import type { StreamOptions } from "../../../src/core/streams/stream-options.ts";
import { MemoryStorage } from "../../../src/storage/memory/index.ts";
import { FakeClock } from "../../support/fakes/fake-clock.ts";
import type { Connection } from "./socket-server.ts";
import { cursorOf, identity, message, startSocketServer } from "./socket-server.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Waits are cut to a moment: what is tested is what happens, not when. */
const quick = { reconnect: { baseDelay: 0, maxDelay: 0 } } satisfies StreamOptions;

async function world(serve: (connection: Connection, index: number) => void, options = {}) {
  const server = await startSocketServer(serve);
  const storage = new MemoryStorage();
  const lines: string[] = [];
  const to = (line: string): void => void lines.push(line);
  const logger = { debug: to, info: to, warn: to, error: to };
  const client = new Client({ storage, services: { jetstream: server.url, relay: server.url }, logger, ...options });
  closing.push(
    () => client.close(),
    () => server.close(),
  );
  return { server, client, storage, lines };
}

/** An event of a Jetstream server: one record of a commit. */
const written = (time_us: number, rkey: string, more = {}): string =>
  JSON.stringify({
    did: "did:plc:one",
    time_us,
    kind: "commit",
    commit: { rev: "3k", operation: "create", collection: "app.bsky.feed.post", rkey, cid: "bafy", record: {} },
    ...more,
  });

const keyOf = (event: unknown): string => (event as { commit: { rkey: string } }).commit.rkey;

async function keys(stream: AsyncIterable<unknown>, count: number): Promise<string[]> {
  const seen: string[] = [];
  for await (const event of stream) {
    seen.push(keyOf(event));
    if (seen.length === count) break;
  }
  return seen;
}

/** A time as servers have it now, microseconds */
const NOW = 1_790_000_000_000_000;

describe("a Jetstream whose positions are times", () => {
  it("S1 gives every record of a commit, which all have one time", async () => {
    const { client } = await world(({ socket }) => {
      for (const rkey of ["a", "b", "c"]) socket.send(written(NOW, rkey));
    });
    expect(await keys(client.jetstream.subscribe({}, quick), 3)).toEqual(["a", "b", "c"]);
  });

  it("S1 gives what comes after something later, where replay meets what is live", async () => {
    const times = [1, 2, 3, 100, 4, 5, 6, 7, 101];
    const { client } = await world(({ socket }) => {
      for (const time of times) socket.send(written(time, `r${time}`));
    });
    expect(await keys(client.jetstream.subscribe({}, quick), 9)).toEqual(times.map((time) => `r${time}`));
  });

  it("S1 a run that stops within a commit is followed by one that gives the rest, and nothing twice", async () => {
    const { client } = await world(({ socket }) => {
      for (const rkey of ["a", "b", "c", "d"]) socket.send(written(NOW, rkey));
    });
    const stream = client.jetstream.subscribe({}, quick).resume("commit");
    // What is in hand when the loop is left was not consumed.
    expect(await keys(stream, 2)).toEqual(["a", "b"]);
    expect(await keys(stream, 3)).toEqual(["b", "c", "d"]);
  });

  it("S1 goes by the sequence number where the server tells one", async () => {
    const all = Array.from({ length: 12 }, (_, index) => written(NOW, `r${index}`, { cursor: 100 + index }));
    const { client, server, storage } = await world((connection) => {
      const from = (cursorOf(connection) ?? 100) - 100;
      for (const event of all.slice(from, from + 5)) connection.socket.send(event);
      connection.socket.terminate();
    });
    expect(await keys(client.jetstream.subscribe({}, quick).resume("seq"), 12)).toEqual(
      all.map((_, index) => `r${index}`),
    );
    expect(server.connections.map(cursorOf)).toEqual([undefined, 104, 108]);
    expect((await storage.cursors.list())[0]?.cursor).toBe("110");
  });

  it("S1 a stored time says nothing of the sequence numbers of a newer server", async () => {
    const { client, storage } = await world(({ socket }) => socket.send(written(NOW + 1, "new", { cursor: 7 })));
    const key = { account: "anonymous", service: new URL(await origin(client)).origin, endpoint: "xrpc/jetstream" };
    await storage.cursors.save({ ...key, key: "old" }, { mode: "stream", cursor: String(NOW) });
    expect(await keys(client.jetstream.subscribe({}, quick).resume("old"), 1)).toEqual(["new"]);
  });

  it("S2 what happened in a gap before the first event is asked for by the time of connecting", async () => {
    const clock = new FakeClock(NOW / 1000);
    const { client, server } = await world(
      ({ socket }, index) => (index === 0 ? socket.terminate() : socket.send(written(NOW + 5, "in the gap"))),
      { clock },
    );
    const reading = keys(client.jetstream.subscribe({}, quick), 1);
    expect(await clock.run(reading)).toEqual(["in the gap"]);
    expect(server.connections.map(cursorOf)).toEqual([undefined, NOW - 5_000_000]);
  });

  it("S4 a time that is far ahead is reported and not stored, and its event delivered", async () => {
    const { client, storage } = await world(({ socket }) => {
      socket.send(written(NOW, "a"));
      socket.send(written(Number.MAX_SAFE_INTEGER, "leap"));
      socket.send(written(NOW + 1, "b"));
      socket.send(written(NOW + 2, "c"));
    });
    const stream = client.jetstream.subscribe({}, quick);
    const skipped: unknown[] = [];
    stream.on("skip", ({ position }) => void skipped.push(position));
    expect(await keys(stream.resume("leap"), 4)).toEqual(["a", "leap", "b", "c"]);
    expect(skipped).toEqual([Number.MAX_SAFE_INTEGER]);
    expect((await storage.cursors.list())[0]?.cursor).toBe(String(NOW + 1));
  });

  it("N10 a small frame that becomes very large is not unpacked", async () => {
    const dictionary = new TextEncoder().encode(written(0, "what most messages have in common"));
    const bomb = zstdCompressSync(Buffer.alloc(256 * 1024 * 1024), { dictionary });
    expect(bomb.length).toBeLessThan(100_000);
    const { client } = await world(({ socket }) => {
      socket.send(bomb);
      socket.send(zstdCompressSync(written(NOW, "a"), { dictionary }));
    });
    const before = process.memoryUsage().rss;
    expect(await keys(client.jetstream.subscribe({ zstdDictionary: dictionary }, quick), 1)).toEqual(["a"]);
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024);
  });

  it("S1 whatever is cut, disordered, equal in time or garbage: everything that was sent is delivered, nothing twice", async () => {
    const worlds = record({
      steps: array(integer({ min: 0, max: 3 }), { minLength: 5, maxLength: 40 }),
      swaps: array(tuple(nat(), integer({ min: 1, max: 4 })), { maxLength: 6 }),
      cuts: array(integer({ min: 1, max: 15 }), { minLength: 1, maxLength: 4 }),
      garbage: boolean(),
      sequence: boolean(),
    });
    await assert(
      asyncProperty(worlds, async ({ steps, swaps, cuts, garbage, sequence }) => {
        let time = NOW;
        const log = steps.map((step, index) => ({ time: (time += step), key: `r${index}`, seq: index + 1 }));
        // Servers of the first kind mix what they replay with what is live; those with numbers keep their order.
        if (!sequence) for (const [at, by] of swaps) move(log, at % log.length, by);
        const { client } = await world((connection, index) => {
          const cursor = cursorOf(connection);
          const place = (one: (typeof log)[number]): number => (sequence ? one.seq : one.time);
          const wanted = cursor === undefined ? log : log.filter((one) => place(one) >= cursor);
          const cut = index < cuts.length ? cuts[index] : undefined;
          for (const one of wanted.slice(0, cut)) {
            if (garbage) connection.socket.send("{");
            connection.socket.send(written(one.time, one.key, sequence ? { cursor: one.seq } : {}));
          }
          if (cut !== undefined) connection.socket.close(1011);
        });
        const stream = client.jetstream.subscribe({}, quick);
        expect((await keys(stream, log.length)).toSorted()).toEqual(log.map(({ key }) => key).toSorted());
        for (const close of closing.splice(0)) await close();
      }),
      { numRuns: 60, seed: 20261201 },
    );
  });
});

/** Moves an entry back by some places. */
function move<Entry>(log: Entry[], from: number, by: number): void {
  const [one] = log.splice(from, 1);
  if (one !== undefined) log.splice(Math.min(log.length, from + by), 0, one);
}

async function origin(client: Client): Promise<string> {
  const stream = client.jetstream.subscribe({}, quick);
  const found = new Promise<string>((resolve) => stream.on("connect", ({ url }) => resolve(url.replace("ws", "http"))));
  const iterator = stream[Symbol.asyncIterator]();
  const next = iterator.next();
  const url = await found;
  await next;
  await iterator.return?.(undefined);
  return url;
}

const repos = (client: Client, options: StreamOptions = {}, params = {}) =>
  client.com.atproto.sync.subscribeRepos(params, { ...quick, ...options });
const seqOf = (event: object): number => (event as { seq: number }).seq;

describe("a stream of repositories", () => {
  it("S3 a message that cannot be read is passed, and its position counts", async () => {
    const { client, server, storage } = await world(({ socket }) => {
      socket.send(new Uint8Array([1, 2, 3]));
      socket.send(message("#commit", { seq: 1, repo: "did:plc:one", ops: "none" }));
      socket.send(identity(2));
      socket.send(identity(3));
    });
    const stream = repos(client);
    const skipped: number[] = [];
    stream.on("skip", ({ count }) => void skipped.push(count));
    const seen: number[] = [];
    for await (const event of stream.resume("s3")) if (seen.push(seqOf(event)) === 2) break;
    expect(seen).toEqual([2, 3]);
    expect(skipped).toEqual([1]);
    expect(server.connections).toHaveLength(1);
    expect((await storage.cursors.list())[0]?.cursor).toBe("2");
  });

  it("S4 a number that leaps beyond reason is not stored, and what follows is delivered", async () => {
    const { client, storage } = await world(({ socket }) => {
      for (const seq of [5, 2 ** 53 - 1, 6, 7]) socket.send(identity(seq));
    });
    const seen: number[] = [];
    for await (const event of repos(client).resume("s4")) if (seen.push(seqOf(event)) === 4) break;
    expect(seen).toEqual([5, 2 ** 53 - 1, 6, 7]);
    expect((await storage.cursors.list())[0]?.cursor).toBe("6");
  });

  it("S4 a commit with more changes than the lexicon allows is not read", async () => {
    const op = { action: "delete", path: "a.b.c/1", cid: null };
    const { client } = await world(({ socket }) => {
      socket.send(message("#commit", { seq: 1, repo: "did:plc:one", ops: Array.from({ length: 201 }, () => op) }));
      socket.send(identity(2));
    });
    for await (const event of repos(client)) {
      expect(seqOf(event)).toBe(2);
      break;
    }
  });

  it("K4 the header names the type of a message, whatever its body says", async () => {
    const $type = "com.atproto.sync.subscribeRepos#commit";
    const { client } = await world(({ socket }) =>
      socket.send(message("#identity", { seq: 1, did: "did:plc:a", $type })),
    );
    for await (const event of repos(client)) {
      expect(event.$type).toBe("com.atproto.sync.subscribeRepos#identity");
      break;
    }
  });

  it("K1 handle rejects with the error of the work although nothing more comes", async () => {
    const { client } = await world(({ socket }) => socket.send(identity(1)));
    const handling = repos(client).handle(() => {
      throw new Error("the work failed");
    });
    await expect(handling).rejects.toThrow("the work failed");
  });

  it("K2 the position of the last event is stored after everyMs, although nothing more comes", async () => {
    const clock = new FakeClock();
    const { client, storage } = await world(({ socket }) => [1, 2].forEach((seq) => socket.send(identity(seq))), {
      clock,
    });
    const iterator = repos(client, { heartbeat: false, idleTimeout: false }).resume("k2")[Symbol.asyncIterator]();
    await iterator.next();
    await iterator.next();
    const third = iterator.next();
    await clock.pass(4_999);
    expect(await storage.cursors.list()).toEqual([]);
    await clock.pass(1);
    expect((await storage.cursors.list()).map(({ cursor }) => cursor)).toEqual(["2"]);
    await client.close();
    void third.catch(() => undefined);
  });

  it("B9 a listener that throws is reported, and the stream goes on", async () => {
    const { client, lines } = await world(({ socket }, index) => {
      socket.send(identity(index + 1));
      if (index === 0) socket.terminate();
    });
    const stream = repos(client);
    stream.on("connect", () => {
      throw new Error("my own fault");
    });
    stream.on("disconnect", () => {
      throw new Error("mine, too");
    });
    const seen: number[] = [];
    for await (const event of stream) if (seen.push(seqOf(event)) === 2) break;
    expect(seen).toEqual([1, 2]);
    expect(lines.filter((line) => line.includes("listener"))).toEqual([
      expect.stringContaining("my own fault"),
      expect.stringContaining("mine, too"),
      expect.stringContaining("my own fault"),
    ]);
  });

  it("B10 a view's service, headers and signal are those of its streams", async () => {
    const { client, server } = await world(({ socket }) => socket.send(identity(1)), { services: {} });
    const stop = new AbortController();
    const view = client.with({ service: server.url, headers: { "x-view": "yes" }, signal: stop.signal });
    const reading = (async () => {
      for await (const _ of view.com.atproto.sync.subscribeRepos({}, quick)) stop.abort(new Error("the view ended"));
    })();
    await expect(reading).rejects.toThrow("the view ended");
    expect(server.connections[0]?.headers).toMatchObject({ "x-view": "yes" });
  });

  it("L16 a silent connection is replaced after idleTimeout, not after twice that", async () => {
    const clock = new FakeClock();
    const { client } = await world(({ socket }) => socket.send(identity(1)), { clock });
    const stream = repos(client, { idleTimeout: 1000, heartbeat: false });
    const ended = new Promise<unknown>((resolve) => stream.on("disconnect", ({ error }) => resolve(error)));
    const iterator = stream[Symbol.asyncIterator]();
    await iterator.next();
    const next = iterator.next();
    await clock.pass(1000);
    expect((await ended) as Error).toMatchObject({ message: expect.stringContaining("nothing came for 1000 ms") });
    await client.close();
    void next.catch(() => undefined);
  });

  it.each([
    ["concurrency", 0],
    ["concurrency", Number.NaN],
    ["concurrency", -1],
    ["concurrency", 1.5],
  ])("K5 handle refuses %s: %d", async (name, value) => {
    const { client } = await world(() => undefined);
    await expect(repos(client).handle(() => undefined, { [name]: value })).rejects.toBeInstanceOf(ValidationError);
  });

  it.each([
    { everyEvents: Number.NaN },
    { everyEvents: 0 },
    { everyMs: -1 },
    { wait: Number.NaN },
    { start: "begin" as "beginning" },
  ])("K5 resume refuses %j", async (options) => {
    const { client } = await world(() => undefined);
    expect(() => repos(client).resume("k5", options)).toThrow(ValidationError);
  });

  it.each([{ idleTimeout: Number.NaN }, { heartbeat: 0 }, { highWaterMark: -1 }, { reconnect: { baseDelay: -1 } }])(
    "K5 a stream refuses %j",
    async (options) => {
      const { client, server } = await world(() => undefined);
      const iterator = repos(client, options)[Symbol.asyncIterator]();
      await expect(iterator.next()).rejects.toBeInstanceOf(ValidationError);
      expect(server.connections).toEqual([]);
    },
  );
});
