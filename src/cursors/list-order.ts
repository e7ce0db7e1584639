import type { CursorMode } from "../core/call/resumed-list.ts";
import { ZERO_CURSOR } from "../core/call/paging.ts";

/**
 * How the lists of the lexicons grow, and what tells their items apart: facts that lexicons do not state. Where nothing else is
 * said they are read off the public sources in https://github.com/bluesky-social/atproto: packages/bsky/src/data-plane (app.bsky),
 * packages/pds/src (com.atproto), packages/ozone/src (tools.ozone and labels). Chat is closed; its lists are as its lexicons
 * and the public app show them.
 */
export interface ListFacts {
  readonly mode: CursorMode;
  /** Paths in an item that together tell it from others; those that are absent are left out. None: the item itself */
  readonly id: readonly string[];
  /**
   * Paths, of which the first that is there tells when an item came to the list, or the key it is sorted by. A new item never has
   * a lower one than those before it, so that a lower one means: past everything that is remembered
   */
  readonly sort?: readonly string[];
  /** Cursor before the first item, where asking without one does not begin there */
  readonly start?: string;
  /** What is otherwise when a parameter has a value */
  readonly when?: Readonly<Record<string, Readonly<Record<string, Partial<ListFacts>>>>>;
}

/** New ones come first. */
const newest = (id: readonly string[], more: Partial<ListFacts> = {}): ListFacts => ({
  mode: "untilKnown",
  id,
  ...more,
});
/** New ones come last. */
const log = (id: readonly string[], more: Partial<ListFacts> = {}): ListFacts => ({ mode: "forward", id, ...more });
/** Ranked, alphabetical or in no order that is promised: what is new may be anywhere, so it is read once. */
const all = (id: readonly string[], more: Partial<ListFacts> = {}): ListFacts => ({ mode: "backfill", id, ...more });

const uri = ["uri"];
const did = ["did"];
const indexed = { sort: ["indexedAt"] };
/** A post may be in a feed once for itself, once as the pinned one, and once for each repost. */
const feedItem = ["post.uri", "reason.$type", "reason.by.did"];
const feed = newest(feedItem, { sort: ["reason.indexedAt", "post.indexedAt"] });
const topIsRanked = { when: { sort: { top: { mode: "backfill" } } } } as const;
const ascends = { when: { sortDirection: { asc: { mode: "forward" } } } } as const;

export const lists: Readonly<Record<string, ListFacts>> = {
  "app.bsky.actor.getSuggestions": all(did),
  "app.bsky.actor.searchActors": all(did),
  "app.bsky.bookmark.getBookmarks": newest(["subject.uri", "createdAt"], { sort: ["createdAt"] }),
  "app.bsky.contact.getMatches": all(did),
  // Sorted by their last change, so a changed one comes first and is another item.
  "app.bsky.draft.getDrafts": newest(["id", "updatedAt"], { sort: ["updatedAt"] }),
  "app.bsky.feed.getActorFeeds": newest(uri, indexed),
  // Sorted by the like, of which an item tells nothing.
  "app.bsky.feed.getActorLikes": newest(feedItem),
  "app.bsky.feed.getAuthorFeed": feed,
  // In the generator's own order, mostly newest first. For one that ranks, this gives what came to its top.
  "app.bsky.feed.getFeed": newest(feedItem),
  "app.bsky.feed.getFeedSkeleton": newest(["post", "reason.$type", "reason.repost"]),
  "app.bsky.feed.getLikes": newest(["actor.did"], indexed),
  "app.bsky.feed.getListFeed": feed,
  "app.bsky.feed.getQuotes": newest(uri, indexed),
  "app.bsky.feed.getRepostedBy": newest(did),
  "app.bsky.feed.getSuggestedFeeds": all(uri),
  "app.bsky.feed.getTimeline": feed,
  "app.bsky.feed.searchPosts": newest(uri, { ...indexed, ...topIsRanked }),
  // Its lexicon names no default order.
  "app.bsky.feed.searchPostsV2": all(uri, { when: { sort: { recent: newest(uri, indexed) } } }),
  "app.bsky.graph.getActorStarterPacks": newest(uri, indexed),
  // Profiles do not tell when they were blocked, muted or followed.
  "app.bsky.graph.getBlocks": newest(did),
  "app.bsky.graph.getFollowers": newest(did, topIsRanked),
  "app.bsky.graph.getFollows": newest(did, topIsRanked),
  // In no order, and on one page: packages/bsky/src/api/app/bsky/graph/getKnownFollowers.ts
  "app.bsky.graph.getKnownFollowers": all(did),
  "app.bsky.graph.getList": newest(uri),
  "app.bsky.graph.getListBlocks": newest(uri),
  "app.bsky.graph.getListMutes": newest(uri),
  "app.bsky.graph.getLists": newest(uri, indexed),
  "app.bsky.graph.getListsWithMembership": newest(["list.uri"], { sort: ["list.indexedAt"] }),
  "app.bsky.graph.getMutes": newest(did),
  "app.bsky.graph.getStarterPacksWithMembership": newest(["starterPack.uri"], { sort: ["starterPack.indexedAt"] }),
  "app.bsky.graph.searchStarterPacks": all(uri),
  "app.bsky.graph.searchStarterPacksV2": all(uri),
  "app.bsky.notification.listActivitySubscriptions": newest(did),
  // One record may notify for several reasons.
  "app.bsky.notification.listNotifications": newest(["uri", "reason"], indexed),
  "app.bsky.unspecced.getPopularFeedGenerators": all(uri),
  "app.bsky.unspecced.getSuggestionsSkeleton": all(did),
  "app.bsky.unspecced.searchActorsSkeleton": all(did),
  "app.bsky.unspecced.searchPostsSkeleton": newest(uri, topIsRanked),
  "app.bsky.unspecced.searchStarterPacksSkeleton": all(uri),

  "chat.bsky.convo.getConvoMembers": all(did),
  // Entries are told apart by their revision, and the log without a cursor begins with now.
  "chat.bsky.convo.getLog": log(["rev", "convoId", "$type"], { start: ZERO_CURSOR }),
  "chat.bsky.convo.getMessages": newest(["id"], { sort: ["sentAt"] }),
  // A conversation comes first again with every event in it, and has another revision then.
  "chat.bsky.convo.listConvoRequests": newest(["id", "convoId", "rev"]),
  "chat.bsky.convo.listConvos": newest(["id", "rev"]),
  "chat.bsky.group.listJoinRequests": newest(["convoId", "requestedBy.did", "requestedAt"]),
  "chat.bsky.group.listMutualGroups": all(["id"]),
  "chat.bsky.moderation.getConvoMembers": all(did),

  "com.atproto.admin.getInviteCodes": newest(["code"], { when: { sort: { usage: { mode: "backfill" } } } }),
  "com.atproto.admin.searchAccounts": all(did),
  // By row id, upwards.
  "com.atproto.label.queryLabels": log(["src", "uri", "cid", "val", "neg", "cts"]),
  "com.atproto.repo.listMissingBlobs": all(["cid", "recordUri"]),
  // By record key, downwards unless reversed; keys are times of writing unless somebody chose them. A changed record has another CID.
  "com.atproto.repo.listRecords": newest(["uri", "cid"], {
    sort: ["uri"],
    when: { reverse: { true: { mode: "forward" } } },
  }),
  "com.atproto.sync.listBlobs": all([]),
  // Its lexicon recommends the order in which hosts were first seen.
  "com.atproto.sync.listHosts": log(["hostname"]),
  "com.atproto.sync.listRepos": log(did),
  "com.atproto.sync.listReposByCollection": all(did),

  "tools.ozone.hosting.getAccountHistory": newest(["createdAt", "createdBy", "details.$type"], { sort: ["createdAt"] }),
  "tools.ozone.moderation.queryEvents": newest(["id"], ascends),
  // Sorted by the last report unless told otherwise: who is reported again comes first again.
  "tools.ozone.moderation.queryStatuses": newest(["id", "updatedAt"], {
    when: {
      sortDirection: { asc: { mode: "backfill" } },
      sortField: {
        reportedRecordsCount: { mode: "backfill" },
        takendownRecordsCount: { mode: "backfill" },
        priorityScore: { mode: "backfill" },
      },
    },
  }),
  "tools.ozone.moderation.searchRepos": all(did),
  "tools.ozone.queue.getAssignments": newest(["id"]),
  "tools.ozone.queue.listQueues": log(["id"]),
  "tools.ozone.report.getAssignments": newest(["id"]),
  "tools.ozone.report.getHistoricalStats": newest(["date", "computedAt"], { sort: ["date"] }),
  "tools.ozone.report.listActivities": newest(["id"]),
  "tools.ozone.report.queryActivities": newest(["id"], ascends),
  "tools.ozone.report.queryReports": newest(["id"], {
    when: { ...ascends.when, sortField: { updatedAt: { id: ["id", "updatedAt"] } } },
  }),
  "tools.ozone.set.getValues": all([]),
  "tools.ozone.set.querySets": all(["name"]),
  "tools.ozone.setting.listOptions": all(["scope", "key", "did"]),
  "tools.ozone.signature.findRelatedAccounts": all(["account.did"]),
  "tools.ozone.signature.searchAccounts": all(did),
  "tools.ozone.team.listMembers": log(did),
  "tools.ozone.verification.listVerifications": newest(uri, { sort: ["createdAt"], ...ascends }),
};

/** What is known of a list when it is asked for with these parameters; `undefined` for endpoints that the lexicons do not know. */
export function factsOf(nsid: string, params: object | undefined): ListFacts | undefined {
  const facts = lists[nsid];
  if (facts?.when === undefined) return facts;
  const given = (params ?? {}) as Record<string, unknown>;
  return Object.entries(facts.when).reduce(
    (known, [name, values]) => ({ ...known, ...values[String(given[name])] }),
    facts,
  );
}
