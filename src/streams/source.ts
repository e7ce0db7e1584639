import type { CommitReading } from "./commit.ts";
import { readCommit } from "./commit.ts";
import { readFrame, unreadable } from "./frame.ts";
import { plain } from "./plain.ts";
import { StreamError } from "../core/errors/index.ts";

/** A message as it was read. */
export interface Received<Event> {
  /** Where it stands in the stream; absent for messages that have no place in it */
  readonly position: number | undefined;
  /** Absent when the filters drop it: its position counts all the same */
  readonly event: Event | undefined;
}

/** What is known of a kind of stream: where it is and how its messages are read. */
export interface Source<Event> {
  readonly nsid: string;
  /** Address at a server, an https or http origin, from a position on */
  url(origin: string, position: number | undefined): string;
  /** @throws StreamError for a message that says that the stream has ended, or cannot be read */
  read(message: Uint8Array | string): Received<Event>;
  /** When an event happened, milliseconds since 1970; NaN if it does not say */
  time(event: Event): number;
}

export const socketOrigin = (origin: string): string => origin.replace(/^http/, "ws");

/** The one stream whose messages hold repositories' records */
const REPOS = "com.atproto.sync.subscribeRepos";

/** A subscription of the lexicons: https://atproto.com/specs/event-stream */
export function subscriptionSource(nsid: string, query: string, reading: CommitReading): Source<unknown> {
  const holdsCommits = nsid === REPOS;
  const read = (message: Uint8Array | string): Received<unknown> => {
    if (typeof message === "string") {
      throw new StreamError(`${nsid} sent text, where its messages are binary.`, { nsid, retryable: true });
    }
    const { type = "#unnamed", body } = readFrame(nsid, message);
    const position = typeof body["seq"] === "number" ? body["seq"] : undefined;
    try {
      if (holdsCommits && type === "#commit") return { position, event: readCommit(body, reading) };
      const $type = type.startsWith("#") ? `${nsid}${type}` : type;
      return { position, event: { $type, ...(plain(body) as object) } };
    } catch (cause) {
      // Servers are not to be trusted with the shape of what they send, nor with its depth.
      throw unreadable(nsid, cause);
    }
  };
  return {
    nsid,
    url: (origin, position) => {
      const cursor = position === undefined ? "" : `cursor=${position}`;
      const parts = [query, cursor].filter((part) => part !== "").join("&");
      return `${socketOrigin(origin)}/xrpc/${nsid}${parts && `?${parts}`}`;
    },
    read,
    time: (event) => Date.parse((event as { readonly time?: string }).time ?? ""),
  };
}

/** Tells which collections are wanted; `app.bsky.*` stands for all that begin so. */
export function wanting(collections: readonly string[] | undefined): ((collection: string) => boolean) | undefined {
  if (collections === undefined) return undefined;
  const exact = new Set(collections.filter((one) => !one.endsWith("*")));
  const prefixes = collections.filter((one) => one.endsWith("*")).map((one) => one.slice(0, -1));
  return (collection) => exact.has(collection) || prefixes.some((prefix) => collection.startsWith(prefix));
}
