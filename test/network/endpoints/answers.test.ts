import { createServer } from "node:http";
import { once } from "node:events";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { InvalidResponseError, UpstreamError, XrpcError } from "../../../src/index.ts";
import { processAll } from "../../support/servers/control.ts";
import { listenLocally } from "../../support/servers/ports.ts";
import { again, join, post, rkeyOf, stranger, uniqueTime, write, type Person } from "./accounts.ts";
import { startWitness } from "./witness.ts";

const network = inject("network");
const witness = startWitness();
let person: Person;

/** Answers that the official servers do not give: by status and body in the parameters of the request. */
const server = createServer((request, response) => {
  const { searchParams } = new URL(request.url ?? "/", "http://localhost");
  const body = searchParams.get("body") ?? "";
  const packed = searchParams.get("gzip") === "true";
  response.writeHead(Number(searchParams.get("status") ?? 200), {
    "content-type": searchParams.get("type") ?? "application/json",
    ...(packed && { "content-encoding": "gzip" }),
  });
  response.end(packed ? gzipSync(body) : body);
});
let odd: string;
const name: string = "com.example.answer.odd";

beforeAll(async () => {
  odd = `http://localhost:${await listenLocally(server)}`;
  person = await join(network.pds, { fetch: witness.fetch });
  await processAll(network);
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
});

const answer = (params: object) => stranger(odd).get(name, params, { retry: false });
const reasonOf = (call: Promise<unknown>): Promise<unknown> => call.catch((reason: unknown) => reason);

describe("answers", () => {
  test("A6.1 http comes with JSON", async () => {
    const params = { actor: person.did };
    const { data, http } = await person.client.app.bsky.actor.getProfile(params).withResponse();
    expect(data.handle).toBe(person.handle);
    expect(http.status).toBe(200);
    expect(http.headers.get("Content-Type")).toMatch(/^application\/json/);
    expect(http.elapsed).toBeGreaterThanOrEqual(0);
    expect(http.elapsed).toBeLessThan(20_000);
    expect(http.url).toBe(`${network.pds}/xrpc/app.bsky.actor.getProfile?actor=${encodeURIComponent(person.did)}`);
  });

  test("A6.2 putPreferences answers with nothing, and http comes with it", async () => {
    const { data, http } = await person.client.app.bsky.actor.putPreferences({ preferences: [] }).withResponse();
    expect(data).toBeUndefined();
    expect(http.status).toBe(200);
    expect(http.url).toBe(`${network.pds}/xrpc/app.bsky.actor.putPreferences`);
  });

  test("A6.3 getBlob gives bytes, and http, also when they look like JSON and call themselves so", async () => {
    const bytes = Buffer.from('{"looks":"like JSON"}');
    const { blob } = await person.client.com.atproto.repo.uploadBlob(bytes, { encoding: "application/json" });
    await write(person, "app.test.file", { blob });
    const params = { did: person.did, cid: blob.ref.$link };
    const { data, http } = await person.client.com.atproto.sync.getBlob(params).withResponse();
    expect(Buffer.from(data).equals(bytes)).toBe(true);
    expect(http.headers.get("content-type")).toMatch("application/json");
    expect(http.headers.get("content-length")).toBe(String(bytes.length));
  });

  test("A6.4 an array at the top level is the data", async () => {
    expect(await answer({ body: '[1,{"two":2}]' })).toEqual([1, { two: 2 }]);
  });

  test("A6.5 errors carry http: of the PDS, of the AppView, of the page of a server that speaks no XRPC", async () => {
    const { client } = person;
    const nowhere = { repo: person.did, collection: "app.bsky.feed.post", rkey: "3zzzzzzzzzzz2" };
    const errors = await Promise.all(
      [
        client.com.atproto.repo.getRecord(nowhere),
        client.app.bsky.feed.getPostThread({ uri: `at://${person.did}/app.bsky.feed.post/3zzzzzzzzzzz2` }),
        client.com.atproto.repo.getRecord(nowhere, { service: network.plc }),
      ].map(reasonOf),
    );
    const origins = [network.pds, network.pds, network.plc];
    for (const [index, error] of errors.entries()) {
      if (!(error instanceof XrpcError)) throw new Error(`No XrpcError, but ${String(error)}`);
      expect(error.http.status).toBe(error.status);
      expect(error.headers.get("content-type")).not.toBeNull();
      expect(error.http.elapsed).toBeGreaterThanOrEqual(0);
      expect(error.http.url).toMatch(`${origins[index]}/xrpc/`);
    }
    expect(errors.map((error) => (error as XrpcError).status)).toEqual([400, 400, 404]);
  });

  test.each([
    [201, '{"made":true}', { made: true }],
    [202, "", undefined],
    [204, "", undefined],
  ])("A6.6 %i is success", async (status, body, expected) => {
    const { data, http } = await answer({ status, body }).withResponse();
    expect(data).toEqual(expected);
    expect(http.status).toBe(status);
  });

  test.each([
    ["torn JSON", { body: '{"did":"di' }],
    ["an HTML page", { body: "<html>welcome</html>", type: "text/html" }],
  ])("A6.7 200 with %s", async (_, params) => {
    const error = await reasonOf(answer(params));
    expect(error).toBeInstanceOf(InvalidResponseError);
    expect(error).toMatchObject({ retryable: true, ambiguous: false, http: { status: 200 } });
  });

  test("A6.7 a typed read that gets an HTML page, or nothing, instead of its JSON", async () => {
    const client = stranger(odd, { retry: false });
    for (const params of [{ type: "text/html", body: "<html></html>" }, { body: "" }]) {
      const call = client.app.bsky.actor.getProfile({ actor: "a.test", ...params });
      await expect(call).rejects.toThrow(InvalidResponseError);
    }
  });

  test.each([
    ["not JSON", { type: "text/html", body: "<h1>Bad\n Request</h1>" }, "<h1>Bad Request</h1>"],
    ["JSON without error", { body: '{"detail":"no"}' }, '{"detail":"no"}'],
    ["JSON that is no object", { body: "[]" }, "[]"],
    ["empty", { body: "" }, "answered 400"],
  ])("A6.8 400 whose body is %s", async (_, params, said) => {
    const error = await reasonOf(answer({ status: 400, ...params }));
    expect(error).toBeInstanceOf(UpstreamError);
    expect(error).toMatchObject({ status: 400, error: undefined, body: params.body, retryable: false });
    expect((error as Error).message).toContain(said);
  });
});

describe("the wire", () => {
  test("compressed answers are unpacked; the PDS compresses large ones", async () => {
    const texts = Array.from({ length: 12 }, (_, index) => `${index} ${"🦋 ünïcödé 漢字 ".repeat(10)}`);
    for (const text of texts) await post(person, text);
    const { data, http } = await person.client.com.atproto.repo
      .listRecords({ repo: person.did, collection: "app.bsky.feed.post", limit: 100, reverse: true })
      .withResponse();
    expect(http.headers.get("content-encoding")).toBe("gzip");
    expect(data.records.map(({ value }) => (value as { text: string }).text)).toEqual(texts);

    await processAll(network);
    const timeline = await person.client.app.bsky.feed.getTimeline({ limit: 100 });
    expect(timeline.feed.map((item) => item.post.record["text"]).toReversed()).toEqual(texts);
    expect(await answer({ body: JSON.stringify({ text: texts[0] }), gzip: true })).toEqual({ text: texts[0] });
  });

  test("text of every kind comes back as it was", async () => {
    const text = "a\u0301 é ß 👩‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿 \u200D \u202E rtl \u202C عربي \\ \" ' \n\t </script> \u2028 ﷽ 𝒳";
    const ref = await post(person, text);
    const { value } = await person.client.com.atproto.repo.getRecord({
      repo: person.did,
      collection: "app.bsky.feed.post",
      rkey: rkeyOf(ref),
    });
    expect((value as { text: string }).text).toBe(text);
  });

  test("bytes and links in a record of one's own kind come back as bytes and links", async () => {
    const { cid } = await post(person, "the target of a link");
    const record = {
      $type: "app.test.everything",
      createdAt: uniqueTime(),
      bytes: Uint8Array.from({ length: 256 }, (_, byte) => byte),
      nested: [{ empty: new Uint8Array() }, { link: { $link: cid } }],
      nothing: null,
      whole: -42,
      flag: false,
    };
    const place = { repo: person.did, collection: record.$type };
    const written = await person.client.com.atproto.repo.createRecord({ ...place, record, validate: false });
    const key = { ...place, rkey: rkeyOf(written) };
    const { value } = await person.client.com.atproto.repo.getRecord(key);
    expect(value).toEqual(record);
    // What the server keeps are bytes and a link, not objects that look like them: so says the wire form it makes itself.
    const raw = new TextDecoder().decode(witness.answers.at(-1)?.body);
    expect(raw).toContain('{"$bytes":"AAECAwQFBgcICQ');
    expect(raw).toContain(`{"$link":"${cid}"}`);
    const car = await person.client.com.atproto.sync.getRecord({ did: person.did, ...key });
    expect(Buffer.from(car).includes(Buffer.from(record.bytes))).toBe(true);
    // What was read can be written again unchanged.
    const put = await person.client.com.atproto.repo.putRecord({ ...key, record: value, validate: false });
    expect(put.cid).toBe(written.cid);
  });

  test("what JSON cannot hold is refused before it is sent", async () => {
    const before = witness.requests.length;
    const record = { $type: "app.test.everything", count: Number.NaN };
    const call = person.client.com.atproto.repo.createRecord({
      repo: person.did,
      collection: "app.test.everything",
      record,
    });
    await expect(call).rejects.toThrow("input.record.count");
    expect(witness.requests.length).toBe(before);
  });

  test("calls at the same time do not get in each other's way", async () => {
    const client = again(person, { service: network.pds });
    const handles = await Promise.all(
      Array.from({ length: 20 }, async () => (await client.com.atproto.server.getSession()).handle),
    );
    expect(new Set(handles)).toEqual(new Set([person.handle]));
  });
});

test("every answer of the official servers was what its lexicon promises", () => {
  expect(witness.violations).toEqual([]);
});
