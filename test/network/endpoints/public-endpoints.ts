import { expect, inject } from "vitest";
import { rkeyOf, stranger } from "./accounts.ts";
import type { Cases, World } from "./world.ts";

const network = inject("network");
const uris = (views: readonly { readonly uri: string }[]): string[] => views.map(({ uri }) => uri);

const anyone = ({ witness }: World) => stranger(network.appview, { fetch: witness.fetch });

/** Without an account, straight from the AppView. */
export const publicCases: Cases = {
  "app.bsky.unspecced.getConfig": (world) => anyone(world).app.bsky.unspecced.getConfig(),
  "app.bsky.unspecced.getPopularFeedGenerators": (world) =>
    anyone(world).app.bsky.unspecced.getPopularFeedGenerators({ limit: 3 }),
  "app.bsky.feed.getSuggestedFeeds": (world) => anyone(world).app.bsky.feed.getSuggestedFeeds(),
  "app.bsky.graph.searchStarterPacks": async (world) => {
    const data = await anyone(world).app.bsky.graph.searchStarterPacks({ q: world.word });
    expect(uris(data.starterPacks)).toEqual([world.pack.uri]);
    return data;
  },
  "app.bsky.labeler.getServices": (world) => anyone(world).app.bsky.labeler.getServices({ dids: [world.alice.did] }),
  "com.atproto.repo.getRecord": async (world) => {
    const data = await anyone(world).com.atproto.repo.getRecord({
      repo: world.alice.did,
      collection: "app.bsky.feed.post",
      rkey: rkeyOf(world.post),
    });
    expect(data.cid).toBe(world.post.cid);
    return data;
  },
};
