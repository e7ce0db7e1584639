import { expect, inject } from "vitest";
import { join, rkeyOf, stranger, uniqueTime, write } from "./accounts.ts";
import { makePng } from "./png.ts";
import type { Cases } from "./world.ts";

const network = inject("network");
const note = (text: string): object => ({ $type: "app.bsky.feed.post", text, createdAt: uniqueTime() });
const posts = "app.bsky.feed.post";

/** Accounts, sessions and everything else the PDS answers itself, but for repositories. */
export const serverCases: Cases = {
  "com.atproto.server.describeServer": async ({ alice }) => {
    const data = await alice.client.com.atproto.server.describeServer();
    expect(data.did).toBe(network.pdsDid);
    return data;
  },
  "com.atproto.server.createAccount": async ({ witness }) => {
    const client = stranger(network.pds, { fetch: witness.fetch });
    const name = `n${Date.now().toString(36)}`;
    const data = await client.com.atproto.server.createAccount({
      handle: `${name}.test`,
      email: `${name}@test.com`,
      password: "password",
    });
    expect(data.handle).toBe(`${name}.test`);
    return data;
  },
  "com.atproto.server.createSession": async ({ alice, witness }) => {
    const client = stranger(network.pds, { fetch: witness.fetch });
    const { handle: identifier, password } = alice;
    const data = await client.com.atproto.server.createSession({ identifier, password });
    expect(data.did).toBe(alice.did);
    return data;
  },
  "com.atproto.server.getSession": async ({ alice }) => {
    const data = await alice.client.com.atproto.server.getSession();
    expect(data).toMatchObject({ did: alice.did, handle: alice.handle, email: alice.email });
    return data;
  },
  "com.atproto.server.refreshSession": async ({ carol }) => {
    const headers = { authorization: `Bearer ${carol.refreshToken}` };
    const data = await carol.client.com.atproto.server.refreshSession(undefined, { headers });
    expect(data.did).toBe(carol.did);
    expect(data.refreshJwt).not.toBe(carol.refreshToken);
    return data;
  },
  "com.atproto.server.deleteSession": async ({ witness }) => {
    const person = await join(network.pds, { fetch: witness.fetch });
    const headers = { Authorization: `Bearer ${person.refreshToken}` };
    const data = await person.client.com.atproto.server.deleteSession(undefined, { headers });
    const result = await person.client.com.atproto.server.refreshSession(undefined, { headers }).result();
    expect(result).toMatchObject({ ok: false, declared: true, error: { error: "ExpiredToken" } });
    return data;
  },
  "com.atproto.server.checkAccountStatus": async ({ alice, blob }) => {
    const data = await alice.client.com.atproto.server.checkAccountStatus();
    expect(data).toMatchObject({ activated: true, validDid: true });
    expect(blob.size).toBeGreaterThan(0);
    return data;
  },
  "com.atproto.server.getServiceAuth": async ({ alice }) => {
    const exp = Math.floor(Date.now() / 1000) + 120;
    const lxm = "app.bsky.feed.getTimeline";
    const data = await alice.client.com.atproto.server.getServiceAuth({ aud: network.pdsDid, exp, lxm });
    const claims: unknown = JSON.parse(Buffer.from(data.token.split(".")[1] ?? "", "base64url").toString());
    expect(claims).toMatchObject({ iss: alice.did, aud: network.pdsDid, exp, lxm });
    return data;
  },
  "com.atproto.server.createAppPassword": async ({ alice }) => {
    const data = await alice.client.com.atproto.server.createAppPassword({ name: "kept", privileged: true });
    expect(data).toMatchObject({ name: "kept", privileged: true });
    return data;
  },
  "com.atproto.server.listAppPasswords": async ({ bob }) => {
    await bob.client.com.atproto.server.createAppPassword({ name: "listed" });
    const data = await bob.client.com.atproto.server.listAppPasswords();
    expect(data.passwords).toMatchObject([{ name: "listed", privileged: false }]);
    return data;
  },
  "com.atproto.server.revokeAppPassword": async ({ carol }) => {
    await carol.client.com.atproto.server.createAppPassword({ name: "revoked" });
    const data = await carol.client.com.atproto.server.revokeAppPassword({ name: "revoked" });
    expect((await carol.client.com.atproto.server.listAppPasswords()).passwords).toEqual([]);
    return data;
  },
  "com.atproto.server.deactivateAccount": async ({ witness }) => {
    const person = await join(network.pds, { fetch: witness.fetch });
    const data = await person.client.com.atproto.server.deactivateAccount({});
    expect(await person.client.com.atproto.server.getSession()).toMatchObject({ active: false, status: "deactivated" });
    return data;
  },
  "com.atproto.server.activateAccount": async ({ carol }) => {
    const data = await carol.client.com.atproto.server.activateAccount();
    expect((await carol.client.com.atproto.server.getSession()).active).toBe(true);
    return data;
  },
  "com.atproto.identity.resolveHandle": async ({ alice, bob }) => {
    const data = await bob.client.com.atproto.identity.resolveHandle({ handle: alice.handle });
    expect(data.did).toBe(alice.did);
    return data;
  },
  "com.atproto.identity.getRecommendedDidCredentials": async ({ alice }) => {
    const data = await alice.client.com.atproto.identity.getRecommendedDidCredentials();
    expect(data.alsoKnownAs).toEqual([`at://${alice.handle}`]);
    return data;
  },
  "com.atproto.identity.updateHandle": async ({ witness }) => {
    const person = await join(network.pds, { fetch: witness.fetch });
    const handle = `x${person.handle}`.replace(/^xc/, "x");
    const data = await person.client.com.atproto.identity.updateHandle({ handle });
    expect((await person.client.com.atproto.server.getSession()).handle).toBe(handle);
    return data;
  },
  "app.bsky.actor.putPreferences": ({ bob }) =>
    bob.client.app.bsky.actor.putPreferences({
      preferences: [{ $type: "app.bsky.actor.defs#adultContentPref", enabled: true }],
    }),
  "app.bsky.actor.getPreferences": async ({ carol }) => {
    const preference = { $type: "app.bsky.actor.defs#adultContentPref", enabled: false } as const;
    await carol.client.app.bsky.actor.putPreferences({ preferences: [preference] });
    const data = await carol.client.app.bsky.actor.getPreferences();
    expect(data.preferences).toEqual([preference]);
    return data;
  },
};

/** Repositories, by record and as a whole. */
export const repoCases: Cases = {
  "com.atproto.repo.describeRepo": async ({ alice }) => {
    const data = await alice.client.com.atproto.repo.describeRepo({ repo: alice.handle });
    expect(data).toMatchObject({ did: alice.did, handleIsCorrect: true });
    expect(data.collections).toContain(posts);
    return data;
  },
  "com.atproto.repo.createRecord": async ({ carol }) => {
    const data = await carol.client.com.atproto.repo.createRecord({
      repo: carol.did,
      collection: posts,
      record: note("x"),
    });
    expect(data.uri).toMatch(`at://${carol.did}/${posts}/`);
    expect(data.validationStatus).toBe("valid");
    return data;
  },
  "com.atproto.repo.putRecord": async ({ carol }) => {
    const record = { $type: "app.bsky.actor.profile", displayName: "Carol" };
    const data = await carol.client.com.atproto.repo.putRecord({
      repo: carol.did,
      collection: "app.bsky.actor.profile",
      rkey: "self",
      record,
      swapRecord: null,
    });
    expect(data.uri).toBe(`at://${carol.did}/app.bsky.actor.profile/self`);
    return data;
  },
  "com.atproto.repo.getRecord": async ({ alice, post }) => {
    const data = await alice.client.com.atproto.repo.getRecord({
      repo: alice.did,
      collection: posts,
      rkey: rkeyOf(post),
    });
    expect(data).toMatchObject(post);
    expect(alice.client.app.bsky.feed.post.is(data.value)).toBe(true);
    return data;
  },
  "com.atproto.repo.deleteRecord": async ({ carol }) => {
    const record = { repo: carol.did, collection: posts, rkey: rkeyOf(await write(carol, posts, { text: "gone" })) };
    const data = await carol.client.com.atproto.repo.deleteRecord(record);
    expect(await carol.client.com.atproto.repo.getRecord(record).result()).toMatchObject({ declared: true });
    return data;
  },
  "com.atproto.repo.applyWrites": async ({ carol }) => {
    const old = await write(carol, posts, { text: "old" });
    const data = await carol.client.com.atproto.repo.applyWrites({
      repo: carol.did,
      writes: [
        { $type: "com.atproto.repo.applyWrites#create", collection: posts, value: note("one of two") },
        { $type: "com.atproto.repo.applyWrites#delete", collection: posts, rkey: rkeyOf(old) },
      ],
    });
    expect(data.results?.map((result) => result.$type)).toEqual([
      "com.atproto.repo.applyWrites#createResult",
      "com.atproto.repo.applyWrites#deleteResult",
    ]);
    return data;
  },
  "com.atproto.repo.listRecords": async ({ alice, post }) => {
    const data = await alice.client.com.atproto.repo.listRecords({ repo: alice.did, collection: posts, reverse: true });
    expect(data.records.map(({ uri }) => uri)).toEqual([post.uri]);
    return data;
  },
  "com.atproto.repo.listMissingBlobs": async ({ alice }) => {
    const data = await alice.client.com.atproto.repo.listMissingBlobs();
    expect(data.blobs).toEqual([]);
    return data;
  },
  "com.atproto.repo.uploadBlob": async ({ bob }) => {
    const picture = makePng(8, 200);
    const data = await bob.client.com.atproto.repo.uploadBlob(picture);
    expect(data.blob).toMatchObject({ $type: "blob", mimeType: "image/png", size: picture.length });
    return data;
  },
  "com.atproto.sync.getRepo": async ({ alice, bob }) => {
    const data = await bob.client.com.atproto.sync.getRepo({ did: alice.did });
    expect(data.length).toBeGreaterThan(1000);
    return data;
  },
  "com.atproto.sync.getBlob": async ({ alice, blob, picture }) => {
    const data = await alice.client.com.atproto.sync.getBlob({ did: alice.did, cid: blob.ref.$link });
    expect(data).toEqual(picture);
    return data;
  },
  "com.atproto.sync.getBlocks": async ({ alice, post }) => {
    const data = await alice.client.com.atproto.sync.getBlocks({ did: alice.did, cids: [post.cid] });
    expect(Buffer.from(data).includes("with a picture")).toBe(true);
    return data;
  },
  "com.atproto.sync.getRecord": async ({ alice, post }) => {
    const data = await alice.client.com.atproto.sync.getRecord({
      did: alice.did,
      collection: posts,
      rkey: rkeyOf(post),
    });
    expect(Buffer.from(data).includes("with a picture")).toBe(true);
    return data;
  },
  "com.atproto.sync.getLatestCommit": async ({ alice }) => {
    const data = await alice.client.com.atproto.sync.getLatestCommit({ did: alice.did });
    expect(data.rev).toMatch(/^[2-7a-z]{13}$/);
    return data;
  },
  "com.atproto.sync.listBlobs": async ({ alice, blob }) => {
    const data = await alice.client.com.atproto.sync.listBlobs({ did: alice.did });
    expect(data.cids).toEqual([blob.ref.$link]);
    return data;
  },
  "com.atproto.sync.listRepos": async ({ alice }) => {
    const data = await alice.client.com.atproto.sync.listRepos({ limit: 1000 });
    expect(data.repos.map(({ did }) => did)).toContain(alice.did);
    return data;
  },
  "com.atproto.sync.getRepoStatus": async ({ alice }) => {
    const data = await alice.client.com.atproto.sync.getRepoStatus({ did: alice.did });
    expect(data).toMatchObject({ did: alice.did, active: true });
    return data;
  },
};
