/**
 * The same sixty calls for every client: NSID, arguments as source text, and what is done with the answer, `d`. Arguments are
 * literals, because two of the peers refuse plain strings where an identifier is asked for. `narrow` reads a member of an
 * open union. None is of tools.ozone, which one of the peers has in another package.
 */
const did = `"did:plc:abcdefghijklmnopqrstuvwx"`;
const uri = `"at://did:plc:abcdefghijklmnopqrstuvwx/app.bsky.feed.post/3jzfcijpj2z2a"`;
const list = uri.replace("feed.post", "graph.list");
const starterPack = uri.replace("feed.post", "graph.starterpack");
const feed = uri.replace("feed.post", "feed.generator");
const cid = `"bafyreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"`;
const actor = `{ actor: "bsky.app" }`;
const time = `"2026-01-01T00:00:00.000Z"`;

const query = (nsid, args, use, narrow) => ({ kind: "query", nsid, args, use, narrow });
const procedure = (nsid, args, use) => ({ kind: "procedure", nsid, args, use });

export const calls = [
  query("app.bsky.actor.getProfile", actor, "d.displayName"),
  query("app.bsky.feed.getTimeline", "{ limit: 50 }", "d.cursor", {
    value: "d.feed[0]?.post.embed",
    as: "app.bsky.embed.images#view",
    use: "v.images[0]?.thumb",
  }),
  query("app.bsky.feed.getPostThread", `{ uri: ${uri}, depth: 3 }`, "d.threadgate?.uri", {
    value: "d.thread",
    as: "app.bsky.feed.defs#threadViewPost",
    use: "v.post.author.handle",
  }),
  procedure(
    "com.atproto.repo.createRecord",
    `{ repo: ${did}, collection: "app.bsky.feed.post", record: { $type: "app.bsky.feed.post", text: "hi", createdAt: ${time} } }`,
    "d.uri",
  ),
  query("app.bsky.feed.getPosts", `{ uris: [${uri}] }`, "d.posts.length", {
    value: "d.posts[0]?.embed",
    as: "app.bsky.embed.external#view",
    use: "v.external.title",
  }),
  query("app.bsky.notification.listNotifications", "{ limit: 20 }", "d.notifications[0]?.reason"),
  query("app.bsky.graph.getFollowers", actor, "d.followers[0]?.handle"),
  query(
    "com.atproto.repo.getRecord",
    `{ repo: ${did}, collection: "app.bsky.feed.post", rkey: "3jzfcijpj2z2a" }`,
    "d.uri",
  ),
  query("app.bsky.feed.getAuthorFeed", `{ actor: "bsky.app", filter: "posts_no_replies" }`, "d.feed.length", {
    value: "d.feed[0]?.reason",
    as: "app.bsky.feed.defs#reasonRepost",
    use: "v.by.handle",
  }),
  procedure("app.bsky.graph.muteActor", `{ actor: ${did} }`),
  query("app.bsky.actor.getProfiles", `{ actors: ["bsky.app"] }`, "d.profiles.length"),
  query("app.bsky.actor.searchActors", `{ q: "atproto", limit: 5 }`, "d.actors[0]?.displayName"),
  query("app.bsky.actor.searchActorsTypeahead", `{ q: "atp" }`, "d.actors[0]?.handle"),
  query("app.bsky.actor.getSuggestions", "{ limit: 10 }", "d.actors.length"),
  query("app.bsky.actor.getPreferences", "{}", "d.preferences.length", {
    value: "d.preferences[0]",
    as: "app.bsky.actor.defs#adultContentPref",
    use: "v.enabled",
  }),
  query("app.bsky.bookmark.getBookmarks", "{ limit: 10 }", "d.bookmarks[0]?.createdAt"),
  procedure("app.bsky.bookmark.createBookmark", `{ uri: ${uri}, cid: ${cid} }`),
  query("app.bsky.feed.getActorFeeds", actor, "d.feeds[0]?.displayName"),
  query("app.bsky.feed.getActorLikes", actor, "d.feed[0]?.post.likeCount"),
  query("app.bsky.feed.getFeed", `{ feed: ${feed}, limit: 30 }`, "d.feed[0]?.post.indexedAt"),
  query("app.bsky.feed.getFeedGenerator", `{ feed: ${feed} }`, "d.view.displayName"),
  query("app.bsky.feed.getFeedGenerators", `{ feeds: [${feed}] }`, "d.feeds.length"),
  query("app.bsky.feed.getLikes", `{ uri: ${uri} }`, "d.likes[0]?.actor.handle"),
  query("app.bsky.feed.getListFeed", `{ list: ${list} }`, "d.feed.length"),
  query("app.bsky.feed.getQuotes", `{ uri: ${uri} }`, "d.posts[0]?.quoteCount"),
  query("app.bsky.feed.getRepostedBy", `{ uri: ${uri} }`, "d.repostedBy[0]?.did"),
  query("app.bsky.feed.getSuggestedFeeds", "{ limit: 5 }", "d.feeds[0]?.uri"),
  query("app.bsky.feed.searchPosts", `{ q: "atproto", sort: "latest" }`, "d.hitsTotal"),
  query("app.bsky.graph.getActorStarterPacks", actor, "d.starterPacks[0]?.uri"),
  query("app.bsky.graph.getBlocks", "{ limit: 10 }", "d.blocks[0]?.did"),
  query("app.bsky.graph.getFollows", actor, "d.follows[0]?.handle"),
  query("app.bsky.graph.getKnownFollowers", actor, "d.subject.handle"),
  query("app.bsky.graph.getList", `{ list: ${list} }`, "d.list.name"),
  query("app.bsky.graph.getLists", actor, "d.lists[0]?.purpose"),
  query("app.bsky.graph.getMutes", "{ limit: 10 }", "d.mutes.length"),
  query("app.bsky.graph.getRelationships", `{ actor: "bsky.app", others: [${did}] }`, "d.actor", {
    value: "d.relationships[0]",
    as: "app.bsky.graph.defs#relationship",
    use: "v.followedBy",
  }),
  query("app.bsky.graph.getStarterPack", `{ starterPack: ${starterPack} }`, "d.starterPack.joinedAllTimeCount"),
  query("app.bsky.graph.getSuggestedFollowsByActor", actor, "d.suggestions.length"),
  procedure("app.bsky.graph.unmuteActor", `{ actor: ${did} }`),
  query("app.bsky.labeler.getServices", `{ dids: [${did}], detailed: true }`, "d.views.length", {
    value: "d.views[0]",
    as: "app.bsky.labeler.defs#labelerViewDetailed",
    use: "v.policies.labelValues.length",
  }),
  query("app.bsky.notification.getUnreadCount", "{}", "d.count"),
  procedure("app.bsky.notification.updateSeen", `{ seenAt: ${time} }`),
  query("app.bsky.unspecced.getPopularFeedGenerators", `{ query: "cats" }`, "d.feeds.length"),
  query("app.bsky.video.getJobStatus", `{ jobId: "1" }`, "d.jobStatus.state"),
  query("app.bsky.video.getUploadLimits", "{}", "d.canUpload"),
  query("chat.bsky.convo.getConvo", `{ convoId: "1" }`, "d.convo.unreadCount", {
    value: "d.convo.lastMessage",
    as: "chat.bsky.convo.defs#messageView",
    use: "v.text",
  }),
  query("chat.bsky.convo.getMessages", `{ convoId: "1" }`, "d.messages.length", {
    value: "d.messages[0]",
    as: "chat.bsky.convo.defs#deletedMessageView",
    use: "v.sentAt",
  }),
  query("chat.bsky.convo.listConvos", "{ limit: 10 }", "d.convos[0]?.id"),
  procedure("chat.bsky.convo.sendMessage", `{ convoId: "1", message: { text: "hi" } }`, "d.sentAt"),
  procedure("chat.bsky.convo.muteConvo", `{ convoId: "1" }`, "d.convo.muted"),
  query("com.atproto.identity.resolveHandle", `{ handle: "bsky.app" }`, "d.did"),
  query("com.atproto.label.queryLabels", `{ uriPatterns: ["*"] }`, "d.labels[0]?.val"),
  procedure(
    "com.atproto.repo.putRecord",
    `{ repo: ${did}, collection: "app.bsky.actor.profile", rkey: "self", record: { $type: "app.bsky.actor.profile", displayName: "A" } }`,
    "d.cid",
  ),
  procedure(
    "com.atproto.repo.deleteRecord",
    `{ repo: ${did}, collection: "app.bsky.feed.post", rkey: "3jzfcijpj2z2a" }`,
    "d.commit?.rev",
  ),
  query("com.atproto.repo.describeRepo", `{ repo: "bsky.app" }`, "d.handleIsCorrect"),
  query("com.atproto.repo.listRecords", `{ repo: ${did}, collection: "app.bsky.feed.like" }`, "d.records[0]?.uri"),
  procedure("com.atproto.server.createSession", `{ identifier: "bsky.app", password: "x" }`, "d.accessJwt"),
  query("com.atproto.server.describeServer", "{}", "d.availableUserDomains[0]"),
  query("com.atproto.sync.getLatestCommit", `{ did: ${did} }`, "d.rev"),
  query("com.atproto.sync.listRepos", "{ limit: 10 }", "d.repos[0]?.head"),
];
