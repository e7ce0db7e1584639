import { afterEach, describe, expect, test, vi } from "vitest";
import { token } from "../auth/stand-in-server.ts";
import { alice, home, surroundings } from "./surroundings.ts";

afterEach(() => vi.unstubAllEnvs());

const carol = { did: "did:plc:carol", handle: "carol.test" };
const asAlice = { accessToken: token(1e15, { sub: alice.did }), service: home };

/** Shows profiles as servers do that claim to know the viewer, whoever asks. */
const world = (options: Parameters<typeof surroundings>[0]) =>
  surroundings(options, (_, nsid) => {
    const view = { ...carol, viewer: { muted: false, blockedBy: false } };
    if (nsid === "app.bsky.actor.getProfile") return Response.json(view);
    return nsid === "app.bsky.actor.getProfiles" ? Response.json({ profiles: [view] }) : undefined;
  });

describe("the viewer of a profile that is stored", () => {
  const nobody = { viewerDid: null, viewerMuted: null, viewerBlockedBy: null };

  test("B24 is the account whose token goes along", async () => {
    const { client } = world(asAlice);
    const seen = { viewerDid: alice.did, viewerMuted: false };
    expect(await client.profiles.get(carol.did)).toMatchObject(seen);
    expect(await client.profiles.getMany([carol.did], { refresh: true })).toMatchObject([seen]);
  });

  test.each([
    ["the public AppView", "https://public.api.bsky.app"],
    ["a server that the account does not trust", "https://elsewhere.example"],
  ])("B24 is nobody where %s is asked, which gets no token", async (_, service) => {
    const { client, sent } = world(asAlice);
    const view = client.with({ service });
    expect(await view.profiles.get(carol.did)).toMatchObject(nobody);
    expect(sent().headers).not.toHaveProperty("authorization");
    expect(await view.profiles.getMany([carol.did], { refresh: true })).toMatchObject([nobody]);
  });

  test("B24 is nobody without an account, and logs nobody in for a call without a token", async () => {
    vi.stubEnv("BSKY_AUTH_USERNAME", "");
    expect(await world({}).client.profiles.get(carol.did)).toMatchObject(nobody);
    const { client, calls } = world({ identifier: alice.handle, password: "pw" });
    const view = client.with({ service: "https://public.api.bsky.app" });
    expect(await view.profiles.get(carol.did)).toMatchObject(nobody);
    expect(calls().map(({ url }) => url.pathname)).toEqual(["/xrpc/app.bsky.actor.getProfile"]);
  });

  test("B24 is whose token the headers of the user hold", async () => {
    const { client } = world(asAlice);
    const dan = token(1e15, { sub: "did:plc:dan" });
    const view = client.with({ headers: { authorization: `Bearer ${dan}` } });
    expect(await view.profiles.get(carol.did)).toMatchObject({ viewerDid: "did:plc:dan" });
    const opaque = client.with({ headers: { authorization: "Bearer opaque" } });
    const rows = await opaque.profiles.getMany([carol.did], { refresh: true });
    expect(rows).toMatchObject([nobody]);
  });

  test("B24 is nobody where the server does not say how anybody stands to the account", async () => {
    const { client } = surroundings(asAlice, (_, nsid) =>
      nsid === "app.bsky.actor.getProfile" ? Response.json(carol) : undefined,
    );
    expect(await client.profiles.get(carol.did)).toMatchObject(nobody);
  });
});
