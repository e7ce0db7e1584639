import type { CommitReading } from "./commit.ts";
import { readCommit } from "./commit.ts";
import { readFrame, unreadable } from "./frame.ts";
import { plain } from "./plain.ts";
import { StreamError } from "../core/errors/index.ts";

/** A message as it was read. */
export interface Received<Event> {
  /** Where it stands in the stream; absent for messages that have no place in it */
  readonly position: number | undefined;
  /** Absent when the filters drop it, or it cannot be read: its position counts all the same */
  readonly event: Event | undefined;
  /** What positions count: each event is one, or several have the time at which they came. Default `events` */
  readonly counts?: "events" | "time" | undefined;
  /** Tells events of one time apart, where positions are times */
  readonly identity?: string | undefined;
  /** Why the message cannot be read */
  readonly problem?: StreamError | undefined;
}

/** What is known of a kind of stream: where it is and how its messages are read. */
export interface Source<Event> {
  readonly nsid: string;
  /** Address at a server, an https or http origin, from a position on */
  url(origin: string, position: number | undefined): string;
  /** What positions count in what this server sends by now */
  counts(): "events" | "time";
  /** The position of the moment of connecting, where positions are times: what comes after it is not lost then */
  connecting?(now: number): number;
  /** Largest position that is possible now */
  latest(now: number): number;
  /** @throws StreamError for a message that says that the stream has ended */
  read(message: Uint8Array | string): Received<Event>;
  /** When an event happened, milliseconds since 1970; NaN if it does not say */
  time(event: Event): number;
}

export const socketOrigin = (origin: string): string => origin.replace(/^http/, "ws");

/** Bytes; the lexicon allows 2 MB of blocks and 200 changes, so no message of a server that keeps to it is as large. */
const LARGEST_FRAME = 5_000_000;

/** The one stream whose messages hold repositories' records */
const REPOS = "com.atproto.sync.subscribeRepos";

/** A subscription of the lexicons: https://atproto.com/specs/event-stream */
export function subscriptionSource(nsid: string, query: string, reading: CommitReading): Source<unknown> {
  const holdsCommits = nsid === REPOS;
  const read = (message: Uint8Array | string): Received<unknown> => {
    if (typeof message === "string") return unread(undefined, "it is text, where messages are binary");
    if (message.length > LARGEST_FRAME) return unread(undefined, `it has ${message.length} bytes`);
    const frame = readFrame(nsid, message);
    if (frame instanceof StreamError) return { position: undefined, event: undefined, problem: frame };
    const { type = "#unnamed", body } = frame;
    const position = typeof body["seq"] === "number" ? body["seq"] : undefined;
    try {
      if (holdsCommits && type === "#commit") return { position, event: readCommit(body, reading) };
      const $type = type.startsWith("#") ? `${nsid}${type}` : type;
      // The header names the type, whatever the body says.
      return { position, event: { ...(plain(body) as object), $type } };
    } catch (cause) {
      // A server may send any shape and any depth.
      return unread(position, cause);
    }
  };
  const unread = (position: number | undefined, cause: unknown): Received<unknown> => ({
    position,
    event: undefined,
    problem: unreadable(nsid, cause),
  });
  return {
    nsid,
    url: (origin, position) => {
      const cursor = position === undefined ? "" : `cursor=${position}`;
      const parts = [query, cursor].filter((part) => part !== "").join("&");
      return `${socketOrigin(origin)}/xrpc/${nsid}${parts && `?${parts}`}`;
    },
    counts: () => "events",
    latest: () => Number.MAX_SAFE_INTEGER / 2,
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
