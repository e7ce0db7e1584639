import { afterEach, describe, expect, it } from "vitest";
import { Client } from "../../../src/client/client.ts";
import type { StreamOptions } from "../../../src/core/streams/stream-options.ts";
import { MemoryStorage } from "../../../src/storage/memory/index.ts";
import type { Connection, SocketServer } from "./socket-server.ts";
import { cursorOf, failure, identity, message, startSocketServer } from "./socket-server.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Waits are cut to a moment: what is tested is what happens, not when. */
const quick = { reconnect: { baseDelay: 1, maxDelay: 1 } } satisfies StreamOptions;

async function world(serve: (connection: Connection, index: number) => void, storage = new MemoryStorage()) {
  const server = await startSocketServer(serve);
  const client = new Client({ storage, logLevel: "silent" });
  closing.push(
    () => client.close(),
    () => server.close(),
  );
  const repos = (params: { cursor?: number } = {}, options: StreamOptions = {}) =>
    client.com.atproto.sync.subscribeRepos(params, { service: server.url, ...quick, ...options });
  return { server, client, storage, repos };
}

/** Sends `#identity` events after the cursor up to `last`, and then does what the test wants. */
const upTo =
  (last: number, then: (socket: Connection["socket"]) => void = () => {}) =>
  (connection: Connection): void => {
    for (let seq = (cursorOf(connection) ?? 0) + 1; seq <= last; seq++) connection.socket.send(identity(seq));
    then(connection.socket);
  };

const seqOf = (event: object): number => (event as { seq: number }).seq;

async function take(stream: AsyncIterable<object>, count: number): Promise<number[]> {
  const seen: number[] = [];
  for await (const event of stream) {
    seen.push(seqOf(event));
    if (seen.length === count) break;
  }
  return seen;
}

const deletion = (seq: number): Uint8Array =>
  message("#commit", {
    seq,
    repo: "did:plc:one",
    ops: [{ action: "delete", path: "a.b.c/1", cid: null }],
    time: "",
  });

const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);
const cursors = ({ connections }: SocketServer): (number | undefined)[] => connections.map(cursorOf);

describe("a stream", () => {
  it("connects when it is read, with the parameters and headers it was given", async () => {
    const { server, repos } = await world(upTo(12));
    const stream = repos({ cursor: 9 }, { headers: { "x-own": "yes" } });
    expect(server.connections).toEqual([]);
    expect(await take(stream, 3)).toEqual([10, 11, 12]);
    expect(server.connections.map(({ path }) => path)).toEqual(["/xrpc/com.atproto.sync.subscribeRepos?cursor=9"]);
    expect(server.connections[0]?.headers).toMatchObject({
      "x-own": "yes",
      "user-agent": expect.stringMatching(/^skylex/),
    });
  });

  it("goes on over cut connections without a loss or a repetition", async () => {
    const { server, repos } = await world((connection) => {
      const from = cursorOf(connection) ?? 0;
      // Servers send the event at the cursor again, or some before it.
      for (let seq = Math.max(1, from - 2); seq <= from + 10; seq++) connection.socket.send(identity(seq));
      connection.socket.close(1011);
    });
    const stream = repos();
    const notices: string[] = [];
    stream.on("connect", ({ reconnects }) => void notices.push(`connect ${reconnects}`));
    stream.on("disconnect", ({ error }) => void notices.push((error as Error).message));
    expect(await take(stream, 45)).toEqual(numbers(1, 45));
    expect(cursors(server)).toEqual([undefined, 10, 20, 30, 40]);
    expect(notices.slice(0, 3)).toEqual(["connect 0", expect.stringContaining("closed with code 1011"), "connect 1"]);
  });

  it("raises what the server says it is, by name, and does not try again", async () => {
    const { server, repos } = await world(({ socket }) => socket.send(failure("FutureCursor", "too far")));
    await expect(take(repos({ cursor: 99 }), 1)).rejects.toMatchObject({
      name: "StreamError",
      error: "FutureCursor",
      nsid: "com.atproto.sync.subscribeRepos",
    });
    expect(server.connections).toHaveLength(1);
  });

  it("goes on where it was when the server calls it too slow", async () => {
    const { server, repos } = await world((connection) =>
      upTo((cursorOf(connection) ?? 0) + 3, (socket) => socket.send(failure("ConsumerTooSlow")))(connection),
    );
    expect(await take(repos(), 7)).toEqual(numbers(1, 7));
    expect(cursors(server)).toEqual([undefined, 3, 6]);
  });

  it("gives up a server that never opens a stream, and one that refuses it at once", async () => {
    const { repos, server } = await world(() => {});
    const refused = await startSocketServer(() => {});
    await refused.close();
    await expect(take(repos({}, { service: refused.url }), 1)).rejects.toThrow(/ECONNREFUSED/);
    const { createServer } = await import("node:http");
    const http = createServer().on("upgrade", (_request, socket) => socket.end("HTTP/1.1 404 Not Found\r\n\r\n"));
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    const { port } = http.address() as { port: number };
    const stream = repos({}, { service: `http://127.0.0.1:${port}` });
    const tries: unknown[] = [];
    stream.on("disconnect", (notice) => void tries.push(notice));
    await expect(take(stream, 1)).rejects.toThrow(/answered 404/);
    expect(tries).toEqual([]);
    http.close();
    expect(server.connections).toEqual([]);
  });

  it("replaces a connection that is silent for too long", async () => {
    const { server, repos } = await world(upTo(2));
    const reading = take(repos({}, { idleTimeout: 30 }), 3);
    while (server.connections.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    server.connections[1]?.socket.send(identity(3));
    expect(await reading).toEqual([1, 2, 3]);
    expect(cursors(server).slice(0, 2)).toEqual([undefined, 2]);
  });

  it("ends with the signal's reason", async () => {
    const { repos, server } = await world(upTo(2));
    const stop = new AbortController();
    const reading = (async () => {
      for await (const event of repos({}, { signal: stop.signal }))
        if (seqOf(event) === 2) stop.abort(new Error("enough"));
    })();
    await expect(reading).rejects.toThrow("enough");
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(server.connections[0]?.socket.readyState).toBe(3);
  });

  it("refuses a cursor that is none, and resume beside a cursor", async () => {
    const { repos } = await world(() => {});
    expect(() => repos({ cursor: -1 })).toThrow(/whole number/);
    expect(() => repos({ cursor: 3 }).resume("x")).toThrow(/Leave out the cursor/);
  });
});

describe("a stream with a kept position", () => {
  it("starts with what comes, or with the oldest, and goes on where it stopped", async () => {
    const { server, repos, client } = await world(upTo(100));
    expect(await take(repos().resume("live"), 2)).toEqual([1, 2]);
    expect(await take(repos().resume("all", { start: "beginning" }), 3)).toEqual([1, 2, 3]);
    // The third was in hand when the loop was left.
    expect(await take(repos().resume("all", { start: "beginning" }), 2)).toEqual([3, 4]);
    expect(cursors(server)).toEqual([undefined, 0, 2]);
    await client.close();
  });

  it("stores after so many events, not with each", async () => {
    const { repos, storage } = await world(upTo(100));
    const saves: (string | null | undefined)[] = [];
    const save = storage.cursors.save.bind(storage.cursors);
    storage.cursors.save = (key, change, options) => {
      saves.push(change.cursor);
      return save(key, change, options);
    };
    await take(repos().resume("n", { everyEvents: 10, everyMs: 1e9 }), 35);
    expect(saves).toEqual(["10", "20", "30", "34"]);
  });

  it("an error of the consumer keeps the event in hand for the next run", async () => {
    const { repos } = await world(upTo(100));
    const failing = (async () => {
      for await (const event of repos().resume("x", { start: "beginning" }))
        if (seqOf(event) === 5) throw new Error("no");
    })();
    await expect(failing).rejects.toThrow("no");
    expect(await take(repos().resume("x"), 2)).toEqual([5, 6]);
  });

  it("handle counts an event when all before it are done", async () => {
    const { repos, storage } = await world(upTo(40));
    const stop = new AbortController();
    const seen: number[] = [];
    const handling = repos({}, { signal: stop.signal })
      .resume("h", { start: "beginning" })
      .handle(
        async (event) => {
          if (seqOf(event) === 20) await new Promise((resolve) => stop.signal.addEventListener("abort", resolve));
          if (seqOf(event) === 20) throw new Error("twenty");
          seen.push(seqOf(event));
          if (seen.length === 39) stop.abort();
        },
        { concurrency: 8, keyBy: (event) => String(seqOf(event)) },
      );
    await handling.catch(() => {});
    const [row] = await storage.cursors.list();
    expect(row?.cursor).toBe("19");
    expect(seen).toContain(40);
  });

  it("two consumers of one name: the second is told", async () => {
    const { repos } = await world(upTo(3));
    const first = repos().resume("one")[Symbol.asyncIterator]();
    await first.next();
    await expect(take(repos().resume("one", { wait: 0 }), 1)).rejects.toMatchObject({
      name: "CursorError",
      reason: "inUse",
      key: "one",
    });
    await first.return?.(undefined);
    expect(await take(repos().resume("one"), 1)).toEqual([1]);
  });

  it("left-out events move the position too", async () => {
    const { repos, storage } = await world(({ socket }) => {
      socket.send(identity(1));
      for (let seq = 2; seq <= 9; seq++) socket.send(deletion(seq));
      socket.send(identity(10));
    });
    await take(repos({}, { collections: ["x.y.z"] }).resume("f"), 2);
    expect((await storage.cursors.list())[0]?.cursor).toBe("9");
  });
});
