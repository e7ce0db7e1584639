import { beforeAll, describe, expect, expectTypeOf, inject, test } from "vitest";
import {
  appBskyFeedGetPostThread,
  comAtprotoRepoCreateRecord,
  comAtprotoRepoGetRecord,
} from "../../../generated/definitions.ts";
import { AuthenticationError, isDeclaredError, UpstreamError, XrpcError } from "../../../src/index.ts";
import { forgeAccessToken, forgeExpiredRefreshToken } from "../../support/servers/tokens.ts";
import { again, join, post, rkeyOf, uniqueTime, type Person } from "./accounts.ts";

const network = inject("network");
const collection = "app.bsky.feed.post";
let person: Person;
beforeAll(async () => {
  person = await join(network.pds);
});

const reasonOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => "no error",
    (reason: unknown) => reason,
  );
const record = () => ({ $type: collection, text: "x", createdAt: uniqueTime() });
const someCid = "bafyreiclp443lavogvhj3d2ob2cxbfuscni2k5jk7bebjzg7khl3esabwq";

describe("errors that the lexicon declares", () => {
  test("getPostThread: NotFound, from the AppView through the PDS", async () => {
    const uri = `at://${person.did}/${collection}/3zzzzzzzzzzz2`;
    const error = await reasonOf(person.client.app.bsky.feed.getPostThread({ uri }));
    if (!isDeclaredError(appBskyFeedGetPostThread, error)) throw new Error("Not declared.", { cause: error });
    expectTypeOf(error.error).toEqualTypeOf<"NotFound">();
    expect(error).toMatchObject({ error: "NotFound", status: 400, nsid: "app.bsky.feed.getPostThread" });
    expect(isDeclaredError(comAtprotoRepoGetRecord, error)).toBe(false);
  });

  test("getRecord: RecordNotFound, which is a 400", async () => {
    const call = person.client.com.atproto.repo.getRecord({ repo: person.did, collection, rkey: "3zzzzzzzzzzz2" });
    const result = await call.result();
    if (result.ok || !result.declared) throw new Error("Not declared.");
    expectTypeOf(result.error.error).toEqualTypeOf<"RecordNotFound">();
    expect(result.error).toMatchObject({ error: "RecordNotFound", status: 400, retryable: false });
  });

  test("createRecord: InvalidSwap, and nothing is written", async () => {
    const input = { repo: person.did, collection, record: record(), swapCommit: someCid };
    const error = await reasonOf(person.client.com.atproto.repo.createRecord(input));
    if (!isDeclaredError(comAtprotoRepoCreateRecord, error)) throw new Error("Not declared.", { cause: error });
    expectTypeOf(error.error).toEqualTypeOf<"InvalidSwap">();
    expect(error.message).toContain("Commit was at");
    expect((await person.client.com.atproto.repo.listRecords({ repo: person.did, collection })).records).toEqual([]);
  });

  test("putRecord with swapRecord null on a record that is there: InvalidSwap; the null arrives", async () => {
    const rkey = rkeyOf(await post(person, "mine"));
    const result = await person.client.com.atproto.repo
      .putRecord({ repo: person.did, collection, rkey, record: record(), swapRecord: null })
      .result();
    expect(result).toMatchObject({ ok: false, declared: true, error: { error: "InvalidSwap" } });
  });

  test("others: RepoNotFound, BadExpiration, ExpiredToken, HandleNotFound, InvalidHandle", async () => {
    const { client } = person;
    const lost = { did: "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa" };
    const headers = { authorization: `Bearer ${forgeExpiredRefreshToken({ ...person, pdsDid: network.pdsDid })}` };
    const results = await Promise.all([
      client.com.atproto.sync.getLatestCommit(lost).result(),
      client.com.atproto.server.getServiceAuth({ aud: network.pdsDid, exp: 1 }).result(),
      client.com.atproto.server.refreshSession(undefined, { headers }).result(),
      client.com.atproto.identity.resolveHandle({ handle: "nobody-here.test" }).result(),
      client.com.atproto.server.createAccount({ handle: "ab.test", email: "ab@test.com", password: "x" }).result(),
    ]);
    expect(results.map((result) => !result.ok && [result.declared, (result.error as XrpcError).error])).toEqual([
      [true, "RepoNotFound"],
      [true, "BadExpiration"],
      [true, "ExpiredToken"],
      [true, "HandleNotFound"],
      [true, "InvalidHandle"],
    ]);
  });
});

describe("errors that it does not", () => {
  test("listRecords of an unknown repository", async () => {
    const result = await person.client.com.atproto.repo
      .listRecords({ repo: "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", collection })
      .result();
    if (result.ok || result.declared) throw new Error("It is declared.");
    expect(result.error).toBeInstanceOf(XrpcError);
    expect(result.error).toMatchObject({ status: 400, error: "InvalidRequest" });
    expect(result.error.message).toContain("Could not find repo");
  });

  test("a record that breaks its lexicon: the message says where", async () => {
    const call = person.client.com.atproto.repo.createRecord(
      { repo: person.did, collection, record: { ...record(), createdAt: "yesterday" } },
      { validate: false },
    );
    await expect(call).rejects.toMatchObject({ status: 400, error: "InvalidRequest", retryable: false });
    await expect(call).rejects.toThrow("createdAt");
  });

  test("a token that has expired: AuthenticationError, with status 400", async () => {
    const accessToken = forgeAccessToken({ did: person.did, pdsDid: network.pdsDid });
    const client = again(person, { service: network.pds, accessToken });
    const calls = [
      client.com.atproto.server.getSession(),
      client.com.atproto.repo.createRecord({ repo: person.did, collection, record: record() }),
      client.com.atproto.repo.uploadBlob(new Uint8Array([1])),
      client.app.bsky.feed.getTimeline(),
    ];
    for (const error of await Promise.all(calls.map(reasonOf))) {
      expect(error).toBeInstanceOf(AuthenticationError);
      expect(error).toMatchObject({ status: 400, error: "ExpiredToken", attempts: 1, ambiguous: false });
    }
  });

  test("a body over the limit", async () => {
    const huge = { ...record(), text: "x".repeat(1_100_000) };
    const call = person.client.com.atproto.repo.createRecord(
      { repo: person.did, collection, record: huge },
      { validate: false },
    );
    await expect(call).rejects.toMatchObject({ status: 413, error: "PayloadTooLargeError", ambiguous: false });
  });

  test("a cursor that is none: 502, repeated because nobody can tell that it is permanent", async () => {
    const call = person.client.app.bsky.feed.getTimeline({ cursor: "%%%" }, { retry: { attempts: 2, baseDelay: 1 } });
    await expect(call).rejects.toThrow(UpstreamError);
    await expect(call).rejects.toMatchObject({ status: 502, attempts: 2 });
  });
});
