import type { Cid, Did, Handle, Nsid, RecordKey, Tid, UnknownObject, Datetime } from "./formats.ts";
import type { UnknownCollection } from "./stream-events.ts";

/** A record that was created or changed. `commit.collection === "app.bsky.feed.post"` narrows `commit.record`. */
export interface JetstreamWrite<Collection extends string, Value> {
  readonly operation: "create" | "update";
  readonly rev: Tid;
  readonly collection: Collection;
  readonly rkey: RecordKey;
  readonly cid: Cid;
  readonly record: Value;
}

/** A record that was deleted. */
export interface JetstreamDelete {
  readonly operation: "delete";
  readonly rev: Tid;
  readonly collection: Nsid;
  readonly rkey: RecordKey;
}

interface Happening<Kind extends string> {
  readonly kind: Kind;
  readonly did: Did;
  /** The position in the stream: microseconds since 1970 */
  readonly time_us: number;
}

/** A change of a record. */
export interface JetstreamCommit<Records> extends Happening<"commit"> {
  readonly commit:
    | { readonly [Name in keyof Records & string]: JetstreamWrite<Name, Records[Name]> }[keyof Records & string]
    | JetstreamWrite<UnknownCollection, UnknownObject>
    | JetstreamDelete;
}

/** A changed handle, key or server. */
export interface JetstreamIdentity extends Happening<"identity"> {
  readonly identity: {
    readonly did: Did;
    readonly handle?: Handle;
    readonly seq: number;
    readonly time: Datetime;
  };
}

/** An account that was activated, deactivated, taken down … */
export interface JetstreamAccount extends Happening<"account"> {
  readonly account: {
    readonly active: boolean;
    readonly did: Did;
    readonly seq: number;
    readonly status?: string;
    readonly time: Datetime;
  };
}

/** What a Jetstream server delivers: https://github.com/bluesky-social/jetstream */
export type JetstreamEvent<Records> = JetstreamCommit<Records> | JetstreamIdentity | JetstreamAccount;
