import { beforeAll, describe, expect, inject, test } from "vitest";
import { Client } from "../../../src/index.ts";
import { startWitness, type Witness } from "../endpoints/witness.ts";
import { newPost, signUp, type Account } from "../../support/servers/accounts.ts";
import { secondPds } from "../../support/servers/control.ts";
import { clientOf } from "./people.ts";

const network = inject("network");
const { pds, plc, appview } = network;
const collection = "app.bsky.feed.post";

let other: string;
let alice: Account;
let bob: Account;
beforeAll(async () => {
  other = await secondPds(network);
  [alice, bob] = await Promise.all([signUp(pds), signUp(other, "two.test")]);
  const client = clientOf(bob, other);
  const { blob } = await client.com.atproto.repo.uploadBlob(new Uint8Array([1, 2, 3]), { encoding: "text/plain" });
  const record = { ...newPost("from the second server"), via: blob };
  await client.com.atproto.repo.createRecord({ repo: bob.did, collection, record });
});

const origins = ({ requests }: Witness): readonly string[] =>
  requests.filter(({ url }) => url.pathname.startsWith("/xrpc/")).map(({ url }) => url.origin);

describe("a repository on another PDS", () => {
  test("is read there, without the account's token, which goes to the account's own server only", async () => {
    const witness = startWitness();
    const client = clientOf(alice, pds, { fetch: witness.fetch });
    const { records } = await client.com.atproto.repo.listRecords({ repo: bob.did, collection });
    expect(records).toHaveLength(1);
    expect((await client.com.atproto.repo.describeRepo({ repo: bob.did })).handle).toBe(bob.handle);
    expect((await client.com.atproto.sync.getRepo({ did: bob.did })).length).toBeGreaterThan(100);
    const { cids } = await client.com.atproto.sync.listBlobs({ did: bob.did });
    expect(await client.com.atproto.sync.getBlob({ did: bob.did, cid: cids[0] ?? "" })).toEqual(
      new Uint8Array([1, 2, 3]),
    );
    expect(new Set(origins(witness))).toEqual(new Set([other]));
    await client.com.atproto.repo.listRecords({ repo: alice.did, collection });
    expect(origins(witness).at(-1)).toBe(pds);
    for (const { url, headers } of witness.requests) {
      expect([url.origin, headers.has("authorization")]).toEqual([url.origin, url.origin === pds]);
    }
  });

  test("is found by its handle", async () => {
    const client = clientOf(alice, pds, { handleResolver: other });
    const { data, http } = await client.com.atproto.repo.listRecords({ repo: bob.handle, collection }).withResponse();
    expect([data.records.length, new URL(http.url).origin]).toEqual([1, other]);
  });

  test("is read without an account", async () => {
    const witness = startWitness();
    const client = new Client({ plcDirectory: plc, storage: ":memory:", fetch: witness.fetch, services: { appview } });
    expect((await client.com.atproto.repo.listRecords({ repo: bob.did, collection })).records).toHaveLength(1);
    expect((await client.com.atproto.repo.listRecords({ repo: alice.did, collection })).records).toHaveLength(0);
    expect(origins(witness)).toEqual([other, pds]);
  });
});
