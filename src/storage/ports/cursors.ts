/** What a cursor is for. */
export interface CursorKey {
  /** DID, or `anonymous` */
  readonly account: string;
  /** Origin of the server it belongs to: another server's cursors mean something else */
  readonly service: string;
  /** `xrpc/<nsid>`; the prefix may be left out where a key is asked for */
  readonly endpoint: string;
  /** Tells cursors of one endpoint apart: a name given by the user, or a hash of the parameters */
  readonly key: string;
}

/** `exhausted`: there is nothing more to come. */
export type CursorState = "open" | "exhausted";

/** How far something has been read. */
export interface CursorRow extends CursorKey {
  /** Number of the row */
  readonly id: number;
  /** How it is read; its owner knows what that means */
  readonly mode: string;
  /** Hash of what the list was asked for with; `null` where that says nothing */
  readonly paramsHash: string | null;
  /** As the server gave it; `null` stands for the beginning */
  readonly cursor: string | null;
  /** Whether more can come */
  readonly state: CursorState;
  /** Marks of what was delivered at `cursor` already, should it come again */
  readonly lastPageIds: readonly string[];
  /** Marks of the newest that was delivered: where new ones end */
  readonly knownIds: readonly string[];
  /** Marks that become known once a walk that has begun is complete */
  readonly pendingIds: readonly string[];
  /** Pages, or batches, so far */
  readonly pages: number;
  /** Items, or events, so far */
  readonly items: number;
  /** 1 at first, one more with each change: tells whether somebody else was there */
  readonly version: number;
  /** Epoch milliseconds */
  readonly createdAt: number;
  /** Epoch milliseconds */
  readonly updatedAt: number;
}

/** What changes. What is left out keeps its stored value; in a new row it is empty, 0 and `open`. */
export type CursorChange = Pick<CursorRow, "mode"> &
  Partial<
    Pick<CursorRow, "paramsHash" | "cursor" | "state" | "lastPageIds" | "knownIds" | "pendingIds" | "pages" | "items">
  >;

export interface SaveCursorOptions {
  /** Store only if the row still has this version; 0: only if there is none. Default: store whatever is there */
  readonly ifVersion?: number;
}

/** Cursors, one row per (account, service, endpoint, key). */
export interface CursorStore {
  get(key: CursorKey): Promise<CursorRow | undefined>;
  /** All that match, last changed first. */
  list(filter?: Partial<CursorKey>): Promise<readonly CursorRow[]>;
  /** Stores a position in one statement and gives its version; `undefined` if the row has another version by now. */
  save(key: CursorKey, change: CursorChange, options?: SaveCursorOptions): Promise<number | undefined>;
  /** False if there was none. */
  delete(key: CursorKey): Promise<boolean>;
}
