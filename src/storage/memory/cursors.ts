import { cursorKey, emptyCursor } from "../shared/cursor-rows.ts";
import { endpointName } from "../shared/names.ts";
import { storable, storableOrNull } from "../shared/text.ts";
import type { CursorChange, CursorKey, CursorRow, CursorStore, SaveCursorOptions } from "../ports/index.ts";

export class MemoryCursors implements CursorStore {
  readonly #now: () => number;
  readonly #check: () => void;
  readonly #rows = new Map<string, CursorRow>();
  #lastId = 0;

  constructor(now: () => number, check: () => void) {
    this.#now = now;
    this.#check = check;
  }

  async get(key: CursorKey): Promise<CursorRow | undefined> {
    this.#check();
    return this.#rows.get(nameOf(key));
  }

  async list({ account, service, endpoint, key }: Partial<CursorKey> = {}): Promise<readonly CursorRow[]> {
    this.#check();
    return [...this.#rows.values()]
      .filter(
        (row) =>
          isWanted(account, row.account) &&
          isWanted(service, row.service) &&
          isWanted(endpoint && endpointName(endpoint), row.endpoint) &&
          isWanted(key, row.key),
      )
      .toSorted((a, b) => b.updatedAt - a.updatedAt || b.id - a.id);
  }

  async save(key: CursorKey, change: CursorChange, options: SaveCursorOptions = {}): Promise<number | undefined> {
    this.#check();
    const name = nameOf(key);
    const old = this.#rows.get(name);
    if (options.ifVersion !== undefined && options.ifVersion !== (old?.version ?? 0)) return undefined;
    const now = this.#now();
    const version = (old?.version ?? 0) + 1;
    const row = old ?? { id: ++this.#lastId, ...cursorKey(key), ...emptyCursor, createdAt: now };
    const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
    const cursor = change.cursor === undefined ? row.cursor : storableOrNull(change.cursor);
    this.#rows.set(name, { ...row, mode: change.mode, ...given, cursor, version, updatedAt: now });
    return version;
  }

  async delete(key: CursorKey): Promise<boolean> {
    this.#check();
    return this.#rows.delete(nameOf(key));
  }
}

const isWanted = (wanted: string | undefined, name: string): boolean =>
  wanted === undefined || storable(wanted) === name;

const nameOf = (key: CursorKey): string => JSON.stringify(Object.values(cursorKey(key)));
