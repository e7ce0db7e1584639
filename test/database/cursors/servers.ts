import type { Step } from "../../support/fakes/scripted-fetch.ts";

/** An item, known by a name and by when it came. */
export interface Entry {
  readonly name: string;
  /** Milliseconds since 1970 */
  readonly at: number;
}

export const entry = (name: string, at: number): Entry => ({ name, at });
/** So many entries, oldest first: `0`, `1`, … */
export const entries = (count: number, from = 0): Entry[] =>
  Array.from({ length: count }, (_, index) => entry(String(from + index), (from + index) * 1000));

const iso = (at: number): string => new Date(at).toISOString();

/** An item as `app.bsky.notification.listNotifications` has it. */
const notification = ({ name, at }: Entry): object => ({
  uri: `at://did:plc:x/app.bsky.feed.like/${name}`,
  reason: "like",
  indexedAt: iso(at),
});

export const nameOf = ({ uri }: { readonly uri: string }): string => uri.slice(uri.lastIndexOf("/") + 1);

/** Newest first, by time and name; the last page has no cursor. `items` may change between requests. */
export function newestFirst(items: readonly Entry[], pageSize: number): Step {
  return ({ url }) => {
    const cursor = url.searchParams.get("cursor");
    const below = cursor === null ? Infinity : Number(cursor);
    const all = items.toSorted((one, other) => other.at - one.at).filter(({ at }) => at < below);
    const page = all.slice(0, pageSize);
    const more = all.length > page.length;
    return Response.json({ notifications: page.map(notification), ...(more && { cursor: String(page.at(-1)?.at) }) });
  };
}

/** The same by counting, as search does: what comes on top moves everything down. */
export function counting(items: readonly Entry[], pageSize: number): Step {
  return ({ url }) => {
    const start = Number(url.searchParams.get("cursor") ?? 0);
    const all = items.toSorted((one, other) => other.at - one.at);
    const page = all.slice(start, start + pageSize);
    const end = start + page.length;
    return Response.json({ notifications: page.map(notification), ...(end < all.length && { cursor: String(end) }) });
  };
}

/** Records of a repository, as `com.atproto.repo.listRecords` of the PDS: upwards if reversed, ends with an empty page. */
export function records(items: readonly Entry[], pageSize: number): Step {
  return ({ url }) => {
    const cursor = url.searchParams.get("cursor");
    const repo = url.searchParams.get("repo");
    const collection = url.searchParams.get("collection");
    const reverse = url.searchParams.get("reverse") === "true";
    const sorted = items.toSorted((one, other) => (reverse ? one.at - other.at : other.at - one.at));
    const rest =
      cursor === null ? sorted : sorted.filter(({ at }) => (reverse ? at > Number(cursor) : at < Number(cursor)));
    const page = rest.slice(0, pageSize);
    return Response.json({
      records: page.map(({ name }) => ({ uri: `at://${repo}/${collection}/${name}`, cid: `c${name}`, value: {} })),
      ...(page.length > 0 && { cursor: String(page.at(-1)?.at) }),
    });
  };
}

/** The log of a chat: starts now without a cursor, and repeats the cursor when there is nothing more. */
export function chatLog(revisions: readonly string[], pageSize: number): Step {
  return ({ url }) => {
    const after = url.searchParams.get("cursor") ?? revisions.at(-1) ?? "";
    const page = revisions.filter((rev) => rev > after).slice(0, pageSize);
    const logs = page.map((rev) => ({ $type: "chat.bsky.convo.defs#logBeginConvo", rev, convoId: "a" }));
    return Response.json({ cursor: page.at(-1) ?? after, logs });
  };
}

/** Pages by their cursor, the first under an empty one; items are DIDs of `app.bsky.graph.getFollows`. */
export function pages(
  byCursor: Readonly<Record<string, { readonly dids: readonly string[]; readonly cursor?: string }>>,
): Step {
  return ({ url }) => {
    const { dids = [], cursor } = byCursor[url.searchParams.get("cursor") ?? ""] ?? {};
    return Response.json({ subject: {}, follows: dids.map((did) => ({ did, handle: "x.test" })), cursor });
  };
}
