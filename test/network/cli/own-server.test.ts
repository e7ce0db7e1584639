import { expect, inject, onTestFinished, test } from "vitest";
import type { CreatedPost } from "../../../src/index.ts";
import { signUp } from "../../support/servers/accounts.ts";
import { xrpc } from "../../support/servers/xrpc.ts";
import { Shell } from "../../unit/cli/skylex.ts";

const { pds } = inject("network");

test("P8 after a login at a server, the handles in a post are asked of that server, which alone knows them", async () => {
  const shell = new Shell();
  onTestFinished(() => shell.remove());
  const [alice, bob] = await Promise.all([signUp(pds), signUp(pds)]);
  await shell.run(["login", alice.did, "--service", pds, "--password-stdin"], { input: alice.password });
  // Neither the public AppView nor the directory can be reached from here.
  const { uri } = await shell.json<CreatedPost>("post", `Hello @${bob.handle}`);
  const [, , repo = "", collection = "", rkey = ""] = uri.split("/");
  const query = new URLSearchParams({ repo, collection, rkey });
  const { json } = await xrpc<{ value: { facets: unknown } }>(pds, `com.atproto.repo.getRecord?${query.toString()}`);
  expect(json?.value.facets).toMatchObject([
    { features: [{ $type: "app.bsky.richtext.facet#mention", did: bob.did }] },
  ]);
});
