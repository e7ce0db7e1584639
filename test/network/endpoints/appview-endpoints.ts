import { expect, inject } from "vitest";
import { processAll } from "../../support/servers/control.ts";
import type { Cases } from "./world.ts";

const network = inject("network");
const uris = (views: readonly { readonly uri: string }[]): string[] => views.map(({ uri }) => uri);
const dids = (views: readonly { readonly did: string }[]): string[] => views.map(({ did }) => did);

/** Actors, posts and feeds. */
export const feedCases: Cases = {
  "app.bsky.actor.getProfile": async ({ alice, bob, word }) => {
    const data = await bob.client.app.bsky.actor.getProfile({ actor: alice.handle });
    expect(data).toMatchObject({ did: alice.did, displayName: `Alice ${word}`, followersCount: 1 });
    expect(data.viewer?.following).toMatch(`at://${bob.did}/`);
    return data;
  },
  "app.bsky.actor.getProfiles": async ({ alice, bob }) => {
    const data = await alice.client.app.bsky.actor.getProfiles({ actors: [bob.did, alice.handle] });
    expect(dids(data.profiles).toSorted()).toEqual([alice.did, bob.did].toSorted());
    return data;
  },
  "app.bsky.actor.searchActors": async ({ alice, bob }) => {
    const data = await bob.client.app.bsky.actor.searchActors({ q: alice.handle });
    expect(dids(data.actors)).toEqual([alice.did]);
    return data;
  },
  "app.bsky.actor.searchActorsTypeahead": async ({ alice, bob }) => {
    const data = await bob.client.app.bsky.actor.searchActorsTypeahead({ q: alice.handle.slice(0, 10) });
    expect(dids(data.actors)).toEqual([alice.did]);
    return data;
  },
  "app.bsky.actor.getSuggestions": ({ bob }) => bob.client.app.bsky.actor.getSuggestions({ limit: 5 }),
  "app.bsky.feed.getTimeline": async ({ alice, reply, quote }) => {
    const data = await alice.client.app.bsky.feed.getTimeline({ limit: 50 });
    expect(uris(data.feed.map(({ post }) => post))).toEqual(expect.arrayContaining([reply.uri, quote.uri]));
    return data;
  },
  "app.bsky.feed.getAuthorFeed": async ({ alice, bob, post }) => {
    const data = await bob.client.app.bsky.feed.getAuthorFeed({ actor: alice.did, filter: "posts_with_media" });
    expect(uris(data.feed.map((item) => item.post))).toEqual([post.uri]);
    return data;
  },
  "app.bsky.feed.getPosts": async ({ bob, post, reply }) => {
    const data = await bob.client.app.bsky.feed.getPosts({ uris: [post.uri, reply.uri] });
    expect(uris(data.posts).toSorted()).toEqual([post.uri, reply.uri].toSorted());
    const embed = data.posts.find(({ uri }) => uri === post.uri)?.embed;
    if (embed?.$type !== "app.bsky.embed.images#view") throw new Error("The post shows no images.");
    expect(embed.images[0]?.alt).toBe("grey");
    return data;
  },
  "app.bsky.feed.getPostThread": async ({ bob, post, reply }) => {
    const data = await bob.client.app.bsky.feed.getPostThread({ uri: post.uri });
    if (data.thread.$type !== "app.bsky.feed.defs#threadViewPost") throw new Error("The thread has no post.");
    expect(data.thread.replies).toMatchObject([{ post: { uri: reply.uri } }]);
    return data;
  },
  "app.bsky.unspecced.getPostThreadV2": async ({ bob, post, reply }) => {
    const data = await bob.client.app.bsky.unspecced.getPostThreadV2({ anchor: post.uri, above: false });
    expect(data.thread.map(({ uri, depth }) => [uri, depth])).toEqual([
      [post.uri, 0],
      [reply.uri, 1],
    ]);
    return data;
  },
  "app.bsky.feed.getLikes": async ({ alice, bob, post }) => {
    const data = await alice.client.app.bsky.feed.getLikes(post);
    expect(dids(data.likes.map(({ actor }) => actor))).toEqual([bob.did]);
    return data;
  },
  "app.bsky.feed.getActorLikes": async ({ bob, post }) => {
    const data = await bob.client.app.bsky.feed.getActorLikes({ actor: bob.did });
    expect(uris(data.feed.map((item) => item.post))).toEqual([post.uri]);
    return data;
  },
  "app.bsky.feed.getRepostedBy": async ({ alice, bob, post }) => {
    const data = await alice.client.app.bsky.feed.getRepostedBy({ uri: post.uri });
    expect(dids(data.repostedBy)).toEqual([bob.did]);
    return data;
  },
  "app.bsky.feed.getQuotes": async ({ alice, post, quote }) => {
    const data = await alice.client.app.bsky.feed.getQuotes({ uri: post.uri });
    expect(uris(data.posts)).toEqual([quote.uri]);
    return data;
  },
  "app.bsky.feed.searchPosts": async ({ bob, post, word }) => {
    const data = await bob.client.app.bsky.feed.searchPosts({ q: word });
    expect(uris(data.posts)).toEqual([post.uri]);
    return data;
  },
  "app.bsky.feed.getFeedGenerators": async ({ alice, feed }) => {
    const data = await alice.client.app.bsky.feed.getFeedGenerators({ feeds: [feed.uri] });
    expect(uris(data.feeds)).toEqual([feed.uri]);
    return data;
  },
  "app.bsky.feed.getActorFeeds": async ({ alice, bob, feed }) => {
    const data = await bob.client.app.bsky.feed.getActorFeeds({ actor: alice.did });
    expect(uris(data.feeds)).toEqual([feed.uri]);
    return data;
  },
  "app.bsky.feed.getListFeed": async ({ alice, list, reply }) => {
    const data = await alice.client.app.bsky.feed.getListFeed({ list: list.uri });
    expect(uris(data.feed.map((item) => item.post))).toContain(reply.uri);
    return data;
  },
};

/** Who knows whom. */
export const graphCases: Cases = {
  "app.bsky.graph.getFollows": async ({ alice, bob }) => {
    const data = await bob.client.app.bsky.graph.getFollows({ actor: alice.did });
    expect(dids(data.follows)).toEqual([bob.did]);
    return data;
  },
  "app.bsky.graph.getFollowers": async ({ alice, bob }) => {
    const data = await bob.client.app.bsky.graph.getFollowers({ actor: alice.did });
    expect(dids(data.followers)).toEqual([bob.did]);
    return data;
  },
  "app.bsky.graph.getKnownFollowers": async ({ alice, bob }) => {
    const data = await alice.client.app.bsky.graph.getKnownFollowers({ actor: bob.did });
    expect(data.subject.did).toBe(bob.did);
    return data;
  },
  "app.bsky.graph.getRelationships": async ({ alice, bob, carol }) => {
    const data = await alice.client.app.bsky.graph.getRelationships({ actor: alice.did, others: [bob.did, carol.did] });
    expect(data.relationships).toMatchObject([
      { did: bob.did, following: expect.stringContaining(alice.did), followedBy: expect.stringContaining(bob.did) },
      { did: carol.did, blocking: expect.stringContaining(alice.did) },
    ]);
    return data;
  },
  "app.bsky.graph.getLists": async ({ alice, list, blocklist }) => {
    const data = await alice.client.app.bsky.graph.getLists({ actor: alice.did });
    expect(uris(data.lists)).toEqual(expect.arrayContaining([list.uri, blocklist.uri]));
    return data;
  },
  "app.bsky.graph.getList": async ({ alice, bob, list }) => {
    const data = await alice.client.app.bsky.graph.getList({ list: list.uri });
    expect(dids(data.items.map(({ subject }) => subject))).toEqual([bob.did]);
    return data;
  },
  "app.bsky.graph.getActorStarterPacks": async ({ alice, pack }) => {
    const data = await alice.client.app.bsky.graph.getActorStarterPacks({ actor: alice.did });
    expect(uris(data.starterPacks)).toEqual([pack.uri]);
    return data;
  },
  "app.bsky.graph.getStarterPack": async ({ alice, pack, list }) => {
    const data = await alice.client.app.bsky.graph.getStarterPack({ starterPack: pack.uri });
    expect(data.starterPack).toMatchObject({ uri: pack.uri, list: { uri: list.uri } });
    return data;
  },
  "app.bsky.graph.getBlocks": async ({ alice, carol }) => {
    const data = await alice.client.app.bsky.graph.getBlocks();
    expect(dids(data.blocks)).toEqual([carol.did]);
    return data;
  },
  "app.bsky.graph.getListBlocks": async ({ alice, blocklist }) => {
    const data = await alice.client.app.bsky.graph.getListBlocks();
    expect(uris(data.lists)).toEqual([blocklist.uri]);
    return data;
  },
  "app.bsky.graph.muteActor": ({ carol, bob }) => carol.client.app.bsky.graph.muteActor({ actor: bob.did }),
  "app.bsky.graph.getMutes": async ({ bob, carol }) => {
    const { graph } = bob.client.app.bsky;
    await graph.muteActor({ actor: carol.did });
    await processAll(network);
    const data = await graph.getMutes();
    expect(dids(data.mutes)).toEqual([carol.did]);
    return data;
  },
  "app.bsky.graph.unmuteActor": async ({ alice, bob }) => {
    const { graph } = alice.client.app.bsky;
    await graph.muteActor({ actor: bob.did });
    await processAll(network);
    expect((await graph.getMutes()).mutes).toHaveLength(1);
    const data = await graph.unmuteActor({ actor: bob.did });
    await processAll(network);
    expect((await graph.getMutes()).mutes).toHaveLength(0);
    return data;
  },
  "app.bsky.graph.getSuggestedFollowsByActor": ({ alice, bob }) =>
    alice.client.app.bsky.graph.getSuggestedFollowsByActor({ actor: bob.did }),
  "app.bsky.graph.muteThread": ({ bob, post }) => bob.client.app.bsky.graph.muteThread({ root: post.uri }),
};

const preference = { include: "follows", list: true, push: false } as const;

/** Notifications, bookmarks, drafts. */
export const notificationCases: Cases = {
  "app.bsky.notification.listNotifications": async ({ alice, bob }) => {
    const data = await alice.client.app.bsky.notification.listNotifications();
    expect(data.notifications.map(({ reason }) => reason).toSorted()).toEqual([
      "follow",
      "like",
      "quote",
      "reply",
      "repost",
    ]);
    expect(new Set(dids(data.notifications.map(({ author }) => author)))).toEqual(new Set([bob.did]));
    return data;
  },
  "app.bsky.notification.getUnreadCount": async ({ bob }) => {
    const data = await bob.client.app.bsky.notification.getUnreadCount();
    expect(data.count).toBe(1);
    return data;
  },
  "app.bsky.notification.updateSeen": async ({ alice }) => {
    const { notification } = alice.client.app.bsky;
    expect((await notification.getUnreadCount()).count).toBe(5);
    const data = await notification.updateSeen({ seenAt: new Date().toISOString() });
    await processAll(network);
    expect((await notification.getUnreadCount()).count).toBe(0);
    return data;
  },
  "app.bsky.notification.getPreferences": async ({ bob }) => {
    const data = await bob.client.app.bsky.notification.getPreferences();
    expect(data.preferences.like.include).toBe("all");
    return data;
  },
  "app.bsky.notification.putPreferencesV2": async ({ carol }) => {
    const data = await carol.client.app.bsky.notification.putPreferencesV2({ like: preference });
    expect(data.preferences.like).toEqual(preference);
    return data;
  },
  "app.bsky.notification.putActivitySubscription": async ({ bob, alice }) => {
    const data = await bob.client.app.bsky.notification.putActivitySubscription({
      subject: alice.did,
      activitySubscription: { post: true, reply: false },
    });
    expect(data.activitySubscription).toEqual({ post: true, reply: false });
    return data;
  },
  "app.bsky.notification.listActivitySubscriptions": async ({ alice, bob }) => {
    const { notification } = alice.client.app.bsky;
    const activitySubscription = { post: false, reply: true };
    await notification.putActivitySubscription({ subject: bob.did, activitySubscription });
    await processAll(network);
    const data = await notification.listActivitySubscriptions();
    expect(data.subscriptions).toMatchObject([{ did: bob.did, viewer: { activitySubscription } }]);
    return data;
  },
  "app.bsky.bookmark.createBookmark": ({ bob, post }) => bob.client.app.bsky.bookmark.createBookmark(post),
  "app.bsky.bookmark.getBookmarks": async ({ alice, reply }) => {
    const { bookmark } = alice.client.app.bsky;
    await bookmark.createBookmark(reply);
    await processAll(network);
    const data = await bookmark.getBookmarks();
    expect(uris(data.bookmarks.map(({ subject }) => subject))).toEqual([reply.uri]);
    return data;
  },
  "app.bsky.bookmark.deleteBookmark": async ({ carol, reply }) => {
    const { bookmark } = carol.client.app.bsky;
    await bookmark.createBookmark(reply);
    await processAll(network);
    expect((await bookmark.getBookmarks()).bookmarks).toHaveLength(1);
    const data = await bookmark.deleteBookmark({ uri: reply.uri });
    await processAll(network);
    expect((await bookmark.getBookmarks()).bookmarks).toHaveLength(0);
    return data;
  },
  "app.bsky.draft.createDraft": async ({ alice }) => {
    const data = await alice.client.app.bsky.draft.createDraft({ draft: { posts: [{ text: "not yet" }] } });
    expect(data.id).not.toBe("");
    return data;
  },
  "app.bsky.draft.getDrafts": async ({ bob }) => {
    const { draft } = bob.client.app.bsky;
    await draft.createDraft({ draft: { posts: [{ text: "not yet" }] } });
    await processAll(network);
    const data = await draft.getDrafts();
    expect(data.drafts).toMatchObject([{ draft: { posts: [{ text: "not yet" }] } }]);
    return data;
  },
};
