/**
 * A program with sixty calls to sixty endpoints, results used and open unions narrowed: what a user's program costs the type
 * checker is measured on it. It is never run.
 */
import type { AppBskyFeedDefs } from "../../../src/index.ts";
import { Client } from "../../../src/index.ts";

const client = new Client({ service: "https://pds.example" });
const show = (value: unknown): void => console.log(value);

const actor = "bsky.app";
const did = "did:plc:abcdefghijklmnopqrstuvwx";
const uri = `at://${did}/app.bsky.feed.post/3jzfcijpj2z2a`;
const list = `at://${did}/app.bsky.graph.list/3jzfcijpj2z2a`;
const feed = `at://${did}/app.bsky.feed.generator/whats-hot`;
const starterPack = `at://${did}/app.bsky.graph.starterpack/3jzfcijpj2z2a`;
const cid = "bafyreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";
const time = new Date().toISOString();

/** The open union every reader of a feed meets. */
function describe(embed: AppBskyFeedDefs.PostView["embed"]): string {
  switch (embed?.$type) {
    case "app.bsky.embed.images#view":
      return embed.images.map(({ alt }) => alt).join(", ");
    case "app.bsky.embed.video#view":
      return embed.playlist;
    case "app.bsky.embed.external#view":
      return embed.external.title;
    case "app.bsky.embed.record#view":
      return embed.record.$type === "app.bsky.embed.record#viewRecord" ? embed.record.author.handle : "";
    case "app.bsky.embed.recordWithMedia#view":
      return embed.media.$type === "app.bsky.embed.images#view" ? String(embed.media.images.length) : "";
    default:
      return embed?.$type ?? "nothing";
  }
}

show((await client.app.bsky.actor.getProfile({ actor })).displayName);
for await (const { post, reason } of client.app.bsky.feed.getTimeline({ limit: 50 })) {
  show(describe(post.embed));
  if (reason?.$type === "app.bsky.feed.defs#reasonRepost") show(reason.by.handle);
}
const thread = await client.app.bsky.feed.getPostThread({ uri, depth: 3 }).result();
if (!thread.ok) show(thread.declared && thread.error.error === "NotFound");
else if (thread.data.thread.$type === "app.bsky.feed.defs#threadViewPost") show(thread.data.thread.replies?.length);
else if (thread.data.thread.$type === "app.bsky.feed.defs#blockedPost") show(thread.data.thread.author.did);
show((await client.app.bsky.feed.getPosts({ uris: [uri] })).posts.length);
show((await client.app.bsky.notification.listNotifications({ limit: 20 })).notifications[0]?.reason);
show((await client.app.bsky.graph.getFollowers({ actor })).followers[0]?.handle);
show((await client.app.bsky.feed.getAuthorFeed({ actor, filter: "posts_no_replies" })).feed.length);
await client.app.bsky.graph.muteActor({ actor: did });
show((await client.app.bsky.actor.getProfiles({ actors: [actor] })).profiles.length);
show((await client.app.bsky.actor.searchActors({ q: "atproto", limit: 5 })).actors[0]?.displayName);
show((await client.app.bsky.actor.searchActorsTypeahead({ q: "atp" })).actors[0]?.handle);
show((await client.app.bsky.actor.getSuggestions({ limit: 10 })).actors.length);
for (const preference of (await client.app.bsky.actor.getPreferences()).preferences) {
  if (preference.$type === "app.bsky.actor.defs#adultContentPref") show(preference.enabled);
  else if (preference.$type === "app.bsky.actor.defs#savedFeedsPref") show(preference.pinned.length);
}
show((await client.app.bsky.bookmark.getBookmarks({ limit: 10 })).bookmarks[0]?.createdAt);
await client.app.bsky.bookmark.createBookmark({ uri, cid });
show((await client.app.bsky.feed.getActorFeeds({ actor })).feeds[0]?.displayName);
show((await client.app.bsky.feed.getActorLikes({ actor })).feed[0]?.post.likeCount);
show((await client.app.bsky.feed.getFeed({ feed, limit: 30 })).feed[0]?.post.indexedAt);
show((await client.app.bsky.feed.getFeedGenerator({ feed })).view.displayName);
show((await client.app.bsky.feed.getFeedGenerators({ feeds: [feed] })).feeds.length);
show((await client.app.bsky.feed.getLikes({ uri })).likes[0]?.actor.handle);
show((await client.app.bsky.feed.getListFeed({ list })).feed.length);
show((await client.app.bsky.feed.getQuotes({ uri })).posts[0]?.quoteCount);
show((await client.app.bsky.feed.getRepostedBy({ uri })).repostedBy[0]?.did);
show((await client.app.bsky.feed.getSuggestedFeeds({ limit: 5 })).feeds[0]?.uri);
show((await client.app.bsky.feed.searchPosts({ q: "atproto", sort: "latest" })).hitsTotal);
show((await client.app.bsky.graph.getActorStarterPacks({ actor })).starterPacks[0]?.uri);
show((await client.app.bsky.graph.getBlocks({ limit: 10 })).blocks[0]?.did);
show((await client.app.bsky.graph.getFollows({ actor })).follows[0]?.handle);
show((await client.app.bsky.graph.getKnownFollowers({ actor })).subject.handle);
show((await client.app.bsky.graph.getList({ list })).list.name);
show((await client.app.bsky.graph.getLists({ actor })).lists[0]?.purpose);
show((await client.app.bsky.graph.getMutes({ limit: 10 })).mutes.length);
const { relationships } = await client.app.bsky.graph.getRelationships({ actor, others: [did] });
if (relationships[0]?.$type === "app.bsky.graph.defs#relationship") show(relationships[0].followedBy);
show((await client.app.bsky.graph.getStarterPack({ starterPack })).starterPack.joinedAllTimeCount);
show((await client.app.bsky.graph.getSuggestedFollowsByActor({ actor })).suggestions.length);
await client.app.bsky.graph.unmuteActor({ actor: did });
show((await client.app.bsky.labeler.getServices({ dids: [did], detailed: true })).views.length);
show((await client.app.bsky.notification.getUnreadCount()).count);
await client.app.bsky.notification.updateSeen({ seenAt: time });
show((await client.app.bsky.unspecced.getPopularFeedGenerators({ query: "cats" })).feeds.length);
show((await client.app.bsky.video.getJobStatus({ jobId: "1" })).jobStatus.state);
show((await client.app.bsky.video.getUploadLimits()).canUpload);

show(
  (
    await client.com.atproto.repo.createRecord({
      repo: did,
      collection: "app.bsky.feed.post",
      record: { $type: "app.bsky.feed.post", text: "hi", createdAt: time },
    })
  ).uri,
);
show(
  (await client.com.atproto.repo.getRecord({ repo: did, collection: "app.bsky.feed.post", rkey: "3jzfcijpj2z2a" })).uri,
);
show((await client.com.atproto.identity.resolveHandle({ handle: actor })).did);
show((await client.com.atproto.label.queryLabels({ uriPatterns: ["*"] })).labels[0]?.val);
show(
  (
    await client.com.atproto.repo.putRecord({
      repo: did,
      collection: "app.bsky.actor.profile",
      rkey: "self",
      record: { $type: "app.bsky.actor.profile", displayName: "A" },
    })
  ).cid,
);
show(
  (await client.com.atproto.repo.deleteRecord({ repo: did, collection: "app.bsky.feed.post", rkey: "3jzfcijpj2z2a" }))
    .commit?.rev,
);
show((await client.com.atproto.repo.describeRepo({ repo: actor })).handleIsCorrect);
show((await client.com.atproto.repo.listRecords({ repo: did, collection: "app.bsky.feed.like" })).records[0]?.uri);
const session = await client.com.atproto.server.createSession({ identifier: actor, password: "x" }).withResponse();
show([session.data.accessJwt, session.http.status]);
show((await client.com.atproto.server.describeServer()).availableUserDomains[0]);
show((await client.com.atproto.sync.getLatestCommit({ did })).rev);
show((await client.com.atproto.sync.listRepos({ limit: 10 })).repos[0]?.head);

show((await client.chat.bsky.convo.getConvo({ convoId: "1" })).convo.unreadCount);
for (const message of (await client.chat.bsky.convo.getMessages({ convoId: "1" })).messages) {
  if (message.$type === "chat.bsky.convo.defs#messageView") show(message.text);
  else if (message.$type === "chat.bsky.convo.defs#deletedMessageView") show(message.sentAt);
}
show((await client.chat.bsky.convo.listConvos({ limit: 10 })).convos[0]?.id);
show((await client.chat.bsky.convo.sendMessage({ convoId: "1", message: { text: "hi" } })).sentAt);
show((await client.chat.bsky.convo.muteConvo({ convoId: "1" })).convo.muted);
