import { expect, inject, test } from "vitest";
import { newPost, signUp } from "../../support/servers/accounts.ts";
import { processAll, sendCommand } from "../../support/servers/control.ts";
import { xrpc } from "../../support/servers/xrpc.ts";

const network = inject("network");

test("a post written to the PDS is read from the AppView", async () => {
  const account = await signUp(network.pds);
  const record = newPost("from the PDS to the AppView");
  const written = await xrpc<{ uri: string }>(network.pds, "com.atproto.repo.createRecord", {
    token: account.accessJwt,
    body: { repo: account.did, collection: "app.bsky.feed.post", record },
  });
  expect(written.status).toBe(200);
  const uri = written.json?.uri ?? "";
  await processAll(network);

  const found = await xrpc<{ posts: unknown[] }>(network.appview, "app.bsky.feed.getPosts", {
    params: { uris: [uri] },
  });
  expect(found.json?.posts).toMatchObject([{ uri, author: { did: account.did, handle: account.handle }, record }]);
});

test("the AppView also answers through the PDS", async () => {
  const account = await signUp(network.pds);
  await processAll(network);
  const answer = await xrpc(network.pds, "app.bsky.notification.listNotifications", { token: account.accessJwt });
  expect(answer.json).toMatchObject({ notifications: [] });
});

test("the addresses belong together", async () => {
  const account = await signUp(network.pds);
  const service = await xrpc(network.pds, "com.atproto.server.describeServer");
  expect(service.json).toMatchObject({ did: network.pdsDid });
  const directory = await fetch(`${network.plc}/${account.did}`);
  expect(await directory.json()).toMatchObject({ id: account.did, alsoKnownAs: [`at://${account.handle}`] });
});

test("two seeded posts never share a createdAt", () => {
  const times = Array.from({ length: 50 }, () => newPost("same text").createdAt);
  expect(new Set(times).size).toBe(50);
});

test("an unknown command is refused with the known ones", async () => {
  await expect(sendCommand(network, "toString")).rejects.toThrow(/command toString: .*Known: processAll/);
});

test.each(["pds", "plc", "appview"] as const)("the %s listens on one loopback address and no other", async (name) => {
  const { port } = new URL(network[name]);
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBeLessThan(500);
  // By default it would listen on every address of the machine, and this is one.
  await expect(fetch(`http://[::1]:${port}/`)).rejects.toThrow("fetch failed");
});
