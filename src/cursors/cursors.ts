import type { CursorMode } from "../core/call/resumed-list.ts";
import { ValidationError } from "../core/errors/index.ts";
import type { CursorKey, CursorRow, CursorStore } from "../storage/ports/index.ts";

/** Names a cursor. Account and server are those of the client unless given. */
export type CursorName = Pick<CursorKey, "endpoint" | "key"> & Partial<Pick<CursorKey, "account" | "service">>;

/** Where a list shall be read on. */
export interface CursorPosition {
  /** As the server gave it */
  readonly cursor: string;
  /** Default: that of the stored cursor, else of the endpoint */
  readonly mode?: CursorMode | undefined;
}

export interface CursorsConfig {
  readonly store: () => Promise<CursorStore>;
  /** Whose cursors of an endpoint are meant, and at which server */
  readonly owner: (nsid: string) => Promise<Pick<CursorKey, "account" | "service">>;
}

/** The cursors in the database: `bsky_cursor`. */
export class Cursors {
  readonly #config: CursorsConfig;

  constructor(config: CursorsConfig) {
    this.#config = config;
  }

  /** Those of all accounts and servers unless a filter says otherwise, last changed first. */
  async list(filter?: Partial<CursorKey>): Promise<readonly CursorRow[]> {
    return (await this.#config.store()).list(filter);
  }

  /** `undefined` if there is none. */
  async get(name: CursorName): Promise<CursorRow | undefined> {
    return (await this.#config.store()).get(await this.#key(name));
  }

  /**
   * Says where the next run begins: after this cursor, which the server gave. What is remembered of items stays, so in mode
   * `untilKnown` the next run reads on from there, and then from the top. A run that is under way ends with `CursorError`.
   */
  async set(name: CursorName, { cursor, mode }: CursorPosition): Promise<void> {
    const key = await this.#key(name);
    const store = await this.#config.store();
    const known = mode ?? (await store.get(key))?.mode ?? (await defaultMode(key.endpoint));
    await store.save(key, { mode: known, cursor, state: "open", lastPageIds: [], pendingIds: [] });
  }

  /** Lets the next run begin at the beginning, and keeps the counts. False if there is no such cursor. */
  async reset(name: CursorName): Promise<boolean> {
    const key = await this.#key(name);
    const store = await this.#config.store();
    const row = await store.get(key);
    if (row === undefined) return false;
    const { mode } = row;
    await store.save(key, { mode, cursor: null, state: "open", lastPageIds: [], knownIds: [], pendingIds: [] });
    return true;
  }

  /** Forgets a cursor. False if there was none. */
  async delete(name: CursorName): Promise<boolean> {
    return (await this.#config.store()).delete(await this.#key(name));
  }

  /** A row names itself: what more it has is no part of its name. */
  async #key({ endpoint, key, account, service }: CursorName): Promise<CursorKey> {
    const own =
      account === undefined || service === undefined
        ? await this.#config.owner(endpoint.replace("xrpc/", ""))
        : undefined;
    return { endpoint, key, account: account ?? own?.account ?? "", service: service ?? own?.service ?? "" };
  }
}

async function defaultMode(endpoint: string): Promise<CursorMode> {
  const nsid = endpoint.replace("xrpc/", "");
  const { lists } = await import("./list-order.ts");
  const mode = lists[nsid]?.mode;
  if (mode !== undefined) return mode;
  throw new ValidationError(
    `${nsid}: nobody has read this list yet, and the lexicons do not know how it grows. Say it with the cursor: { cursor, mode }.`,
    {
      nsid,
      issues: [{ path: "mode", message: "is needed for this endpoint" }],
    },
  );
}
