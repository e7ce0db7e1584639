import { describe, expect, test } from "vitest";
import { definitions } from "../../../generated/root.ts";
import { factsOf, lists } from "../../../src/cursors/list-order.ts";

const pageable = definitions
  .flatMap((module) => Object.values(module))
  .flatMap((definition) => (definition.kind === "query" && definition.items !== undefined ? [definition.nsid] : []));

describe("how lists grow", () => {
  test("is decided for every list of the lexicons, and for nothing else", () => {
    expect(pageable.length).toBeGreaterThan(70);
    expect(Object.keys(lists).toSorted()).toEqual(pageable.toSorted());
  });

  test.each([
    ["app.bsky.notification.listNotifications", {}, "untilKnown"],
    ["chat.bsky.convo.getLog", {}, "forward"],
    ["app.bsky.actor.getSuggestions", undefined, "backfill"],
    ["com.atproto.repo.listRecords", { repo: "a", collection: "b" }, "untilKnown"],
    ["com.atproto.repo.listRecords", { repo: "a", collection: "b", reverse: true }, "forward"],
    ["com.atproto.repo.listRecords", { repo: "a", collection: "b", reverse: false }, "untilKnown"],
    ["app.bsky.feed.searchPosts", { q: "a" }, "untilKnown"],
    ["app.bsky.feed.searchPosts", { q: "a", sort: "top" }, "backfill"],
    ["app.bsky.feed.searchPostsV2", { query: "a", sort: "recent" }, "untilKnown"],
    ["tools.ozone.moderation.queryEvents", { sortDirection: "asc" }, "forward"],
    ["com.example.list", {}, undefined],
  ])("%s %j: %s", (nsid, params, mode) => {
    expect(factsOf(nsid, params)?.mode).toBe(mode);
  });
});
