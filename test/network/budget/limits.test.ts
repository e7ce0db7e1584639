import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { Client, RateLimitError, RateLimitExceededError, XrpcError } from "../../../src/index.ts";
import type { ClientOptions } from "../../../src/client/options.ts";
import { newPost, signUp, type Account } from "../../support/servers/accounts.ts";

const collection = "app.bsky.feed.post";
let servers: ChildProcess;
let urls: { readonly full: string; readonly quick: string };

beforeAll(async () => {
  servers = spawn(process.execPath, [fileURLToPath(new URL("limited-servers.ts", import.meta.url))], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, LOG_ENABLED: "false" },
  });
  const lines = createInterface({ input: servers.stdout as NonNullable<typeof servers.stdout> });
  for await (const line of lines) {
    if (line.startsWith('{"full":')) {
      urls = JSON.parse(line) as typeof urls;
      break;
    }
  }
}, 120_000);

afterAll(async () => {
  const ended = once(servers, "close");
  servers.stdin?.end();
  await ended;
});

function clientOf(service: string, account: Account, options: ClientOptions = {}): Client {
  const client = new Client({
    service,
    accessToken: account.accessJwt,
    storage: ":memory:",
    logLevel: "silent",
    ...options,
  });
  onTestFinished(() => client.close());
  return client;
}

/** Runs so many of the works at once. */
async function pool(width: number, works: readonly (() => Promise<unknown>)[]): Promise<void> {
  const queue = [...works];
  const worker = async (): Promise<void> => {
    for (let work = queue.shift(); work !== undefined; work = queue.shift()) await work();
  };
  await Promise.all(Array.from({ length: width }, worker));
}

/** Repeats a call until its budget refuses it. */
async function untilRefused(call: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await call();
    } catch (error) {
      if (error instanceof RateLimitExceededError) return;
      throw error;
    }
  }
}

/** Keys of records, as old as the epoch and in order. */
const keyOf = (number: number): string =>
  `2222222${number.toString().replaceAll("0", "a").replaceAll("1", "b").replaceAll("8", "c").replaceAll("9", "d").padStart(6, "2")}`;

describe("the official limiter, with the sizes of production", () => {
  test("A10.3 A10.10 the client counts what the server counts over 500 mixed writes and batches, and spends the rest to the last point", async () => {
    const alice = await signUp(urls.full);
    const client = clientOf(urls.full, alice);
    const { repo } = client.com.atproto;
    const own = { repo: alice.did, collection };
    const create = () => ({ $type: "com.atproto.repo.applyWrites#create" as const, collection, value: newPost("b") });
    const batch = (count: number) =>
      repo.applyWrites({ repo: alice.did, writes: Array.from({ length: count }, create) });
    let last: { readonly limit: number; readonly remaining: number } = { limit: 5000, remaining: Infinity };
    const note = async (call: ReturnType<typeof batch>): Promise<void> => {
      const { http } = await call.withResponse();
      if (http.headers.get("ratelimit-policy") !== "5000;w=3600") return;
      const remaining = Number(http.headers.get("ratelimit-remaining"));
      last = { limit: 5000, remaining: Math.min(last.remaining, remaining) };
    };
    const invalid = async (): Promise<void> => {
      const record = { $type: collection } as never;
      const refused = repo.createRecord({ ...own, record }, { validate: false });
      await expect(refused).rejects.toMatchObject({ status: 400 });
    };
    const kinds: readonly ((index: number) => Promise<unknown>)[] = [
      () => repo.createRecord({ ...own, record: newPost("a") }),
      (index) => repo.putRecord({ ...own, rkey: keyOf(index), record: newPost("p") }),
      (index) => repo.deleteRecord({ ...own, rkey: keyOf(index) }),
      (index) => note(batch(5 + (index % 7))),
      () => invalid(),
    ];
    const works = Array.from(
      { length: 500 },
      (_, index) => () => (kinds[index % kinds.length] as (typeof kinds)[0])(index),
    );
    await pool(4, works);
    const spent =
      100 * (3 + 2 + 1 + 3) + 3 * works.reduce((sum, _, index) => sum + (index % 5 === 3 ? 5 + (index % 7) : 0), 0);
    await note(batch(1));
    expect(last.limit - last.remaining).toBe(spent + 3);
    const [hour, day] = (await client.budget.status()).writes;
    expect([hour?.used, day?.used]).toEqual([spent + 3, spent + 3]);
    expect(hour?.server).toMatchObject({ limit: 5000, remaining: last.remaining });
    const rows = await client.log.query({ limit: 1000 });
    expect(rows.reduce((sum, row) => sum + row.writeOpPointsConsumed, 0)).toBe(spent + 3);

    await untilRefused(() => note(batch(200)));
    await untilRefused(() => note(batch(7)));
    await untilRefused(() => note(batch(1)));
    await untilRefused(() => repo.deleteRecord({ ...own, rkey: keyOf(1) }));
    expect(await client.budget.remaining()).toBe(0);
    const failed = await client.log.query({ failed: true, limit: 1000 });
    expect(failed.filter((row) => row.httpStatusCode === 429)).toEqual([]);

    // Somebody who does not know of all that finds out by one refusal, and sends no second call.
    const stranger = clientOf(urls.full, alice, { retry: false });
    const refusal: unknown = await stranger.com.atproto.repo
      .deleteRecord({ ...own, rkey: keyOf(1) })
      .then(undefined, (reason: unknown) => reason);
    expect(refusal).toBeInstanceOf(RateLimitError);
    const resetAt = (refusal as RateLimitError).resetAt?.getTime() ?? 0;
    const local = stranger.com.atproto.repo.deleteRecord({ ...own, rkey: keyOf(1) });
    const error = await local.then(undefined, (reason: unknown) => reason as RateLimitExceededError);
    expect(error).toBeInstanceOf(RateLimitExceededError);
    expect(error).toMatchObject({ window: "1-hour", used: 5000, budget: 5000, attempts: 0 });
    const resumeAt = (error as RateLimitExceededError).resumeAt?.getTime() ?? 0;
    expect(Math.abs(resumeAt - resetAt)).toBeLessThan(3000);
  }, 120_000);

  test("uploads are counted from the first one on by what the server says", async () => {
    const bob = await signUp(urls.full);
    const client = clientOf(urls.full, bob);
    await client.com.atproto.repo.uploadBlob(new Uint8Array([1, 2, 3]), { encoding: "image/png" });
    const [uploads] = (await client.budget.status()).uploads;
    expect(uploads).toMatchObject({ budget: 1000, used: 1, server: { limit: 1000, remaining: 999 } });
  });
});

describe("the official limiter, with seconds for hours", () => {
  test("A10.11 a true 429 is waited for as long as the server says, and the write is sent again once", async () => {
    const carol = await signUp(urls.quick);
    const client = clientOf(urls.quick, carol);
    const own = { repo: carol.did, collection };
    for (let call = 0; call < 3; call++) {
      await client.com.atproto.repo.createRecord({ ...own, record: newPost("c") });
    }
    const [row] = await client.log.query();
    expect(row).toMatchObject({ attempts: 2, state: "done", writeOpPointsConsumed: 6 });
    expect(row?.attemptLog?.[0]).toMatchObject({ status: 429, error: "RateLimitExceeded" });
    expect(row?.retryWaitMs).toBeGreaterThan(0);
    const { records } = await client.com.atproto.repo.listRecords(own);
    expect(records).toHaveLength(3);
    expect((await client.budget.status()).writes[0]).toMatchObject({ used: 12, budget: 5000 });
  });

  test("A10.11 not longer than `maxWait`", async () => {
    const dave = await signUp(urls.quick);
    const client = clientOf(urls.quick, dave, { retry: { maxWait: 100 } });
    const own = { repo: dave.did, collection };
    await client.com.atproto.repo.createRecord({ ...own, record: newPost("d") });
    await client.com.atproto.repo.createRecord({ ...own, record: newPost("d") });
    const third = client.com.atproto.repo.createRecord({ ...own, record: newPost("d") });
    await expect(third).rejects.toBeInstanceOf(RateLimitError);
    await expect(third).rejects.toBeInstanceOf(XrpcError);
    await expect(third).rejects.toMatchObject({ attempts: 1, status: 429 });
  });
});
