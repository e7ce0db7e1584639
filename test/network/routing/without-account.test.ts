import { expect, inject, test } from "vitest";
import { definitions } from "../../../generated/root.ts";
import { readServices } from "../../../src/core/services.ts";
import { RouteTable } from "../../../src/routing/find-route.ts";

const { appview } = inject("network");
const table = new RouteTable(readServices({}));

const reads = definitions
  .flatMap((module) => Object.values(module))
  .flatMap(({ nsid, kind }) => (kind === "query" && nsid.startsWith("app.bsky.") ? [nsid] : []));

/** It says 401 before it looks at the parameters. */
async function requiresAuth(nsid: string): Promise<boolean> {
  const response = await fetch(`${appview}/xrpc/${nsid}?actor=alice.test&did=did:plc:a&countryCode=US`);
  await response.body?.cancel();
  return response.status === 401;
}

test("L2 every read that the official AppView refuses without an account is refused before it is sent", async () => {
  const refused: string[] = [];
  for (const nsid of reads) if (await requiresAuth(nsid)) refused.push(nsid);
  expect(refused.length).toBeGreaterThan(10);
  const sent = refused.filter((nsid) => table.find({ nsid, kind: "query" }).anonymous !== undefined);
  expect(sent).toEqual([]);
});

test("L2 no other read is refused, but those that the account's own server answers", async () => {
  const answered: string[] = [];
  for (const nsid of reads) {
    const isRefused = table.find({ nsid, kind: "query" }).anonymous === undefined;
    if (isRefused && !nsid.startsWith("app.bsky.video.") && !(await requiresAuth(nsid))) answered.push(nsid);
  }
  expect(answered).toEqual(["app.bsky.actor.getPreferences", "app.bsky.feed.getActorLikes"]);
});
