import type { Cid, Did, Handle, Nsid, RecordKey, Tid, UnknownObject, Datetime } from "../lexicon/formats.ts";
import type { KnownRecords } from "./custom-records.ts";
import type { UnknownCollection } from "./stream-events.ts";

/** A record that was created or changed. `commit.collection === "app.bsky.feed.post"` narrows `commit.record`. */
export interface JetstreamWrite<Collection extends string, Value> {
  /** What was done */
  readonly operation: "create" | "update";
  /** Revision of the repository */
  readonly rev: Tid;
  /** NSID */
  readonly collection: Collection;
  /** Key of the record */
  readonly rkey: RecordKey;
  /** CID of the record */
  readonly cid: Cid;
  /** The record */
  readonly record: Value;
}

/** A record that was deleted. */
export interface JetstreamDelete {
  /** What was done */
  readonly operation: "delete";
  /** Revision of the repository */
  readonly rev: Tid;
  /** NSID */
  readonly collection: Nsid;
  /** Key of the record */
  readonly rkey: RecordKey;
}

interface Happening<Kind extends string> {
  /** Tells events apart */
  readonly kind: Kind;
  /** Whose it is */
  readonly did: Did;
  /** The position in the stream: microseconds since 1970 */
  readonly time_us: number;
}

/** A write of each kind of record. */
type JetstreamWrites<Records> = {
  readonly [Name in keyof Records & string]: JetstreamWrite<Name, Records[Name]>;
}[keyof Records & string];

/** A change of a record. Those of {@link CustomRecords} are known beside `Records`. */
export interface JetstreamCommit<Records> extends Happening<"commit"> {
  /** The change */
  readonly commit:
    | JetstreamWrites<KnownRecords<Records>>
    | JetstreamWrite<UnknownCollection, UnknownObject>
    | JetstreamDelete;
}

/** A changed handle, key or server. */
export interface JetstreamIdentity extends Happening<"identity"> {
  /** What is known of the account now */
  readonly identity: {
    readonly did: Did;
    readonly handle?: Handle;
    readonly seq: number;
    readonly time: Datetime;
  };
}

/** An account that was activated, deactivated, taken down … */
export interface JetstreamAccount extends Happening<"account"> {
  /** What the account is from now on; `status` says why it is not `active` */
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
