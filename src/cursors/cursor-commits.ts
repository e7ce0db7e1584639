import { CursorError } from "../core/errors/index.ts";
import type { CursorChange, CursorKey, CursorRow, CursorStore } from "../storage/ports/index.ts";
import type { Position } from "./position.ts";
import { beginning } from "./position.ts";

const FIELDS = ["cursor", "state", "lastPageIds", "knownIds", "pendingIds"] as const;

/** What is stored of a walk. One write stores any number of pages; nothing is read. */
export class CursorCommits {
  readonly #store: CursorStore;
  readonly #key: CursorKey;
  readonly #list: Pick<CursorRow, "mode" | "paramsHash">;
  readonly #check: () => void;
  #stored: Position;
  #version: number;
  #position: Position;
  #pages: number;
  #items: number;
  #writing: Promise<void> = Promise.resolve();

  /** @param check throws when the walk must not go on */
  constructor(
    store: CursorStore,
    key: CursorKey,
    list: Pick<CursorRow, "mode" | "paramsHash">,
    row: CursorRow | undefined,
    check: () => void,
  ) {
    this.#store = store;
    this.#key = key;
    this.#list = list;
    this.#check = check;
    this.#stored = row ?? beginning;
    this.#position = this.#stored;
    this.#version = row?.version ?? 0;
    this.#pages = row?.pages ?? 0;
    this.#items = row?.items ?? 0;
  }

  /** Moves on, for the next write. */
  move(position: Position, items: number): void {
    this.#position = position;
    this.#pages++;
    this.#items += items;
  }

  /**
   * Stores how far it was moved, if that changes anything.
   *
   * @throws CursorError `moved`
   */
  write(): Promise<void> {
    this.#writing = this.#writing.then(
      () => this.#write(),
      () => this.#write(),
    );
    return this.#writing;
  }

  async #write(): Promise<void> {
    const position = this.#position;
    const changed = FIELDS.filter(
      (field) => position[field] !== this.#stored[field] && !areEmpty(position, this.#stored, field),
    );
    // A first run leaves a row even if there was nothing to read: the next one is not the first.
    const isFirst = this.#version === 0 && this.#pages > 0;
    if (changed.length === 0 && !isFirst) return;
    this.#check();
    const change: CursorChange = {
      ...this.#list,
      pages: this.#pages,
      items: this.#items,
      ...Object.fromEntries(changed.map((field) => [field, position[field]])),
    };
    const version = await this.#store.save(this.#key, change, { ifVersion: this.#version });
    if (version === undefined) throw moved(this.#key);
    this.#version = version;
    this.#stored = position;
  }
}

function areEmpty(one: Position, other: Position, field: (typeof FIELDS)[number]): boolean {
  return one[field]?.length === 0 && other[field]?.length === 0;
}

function moved({ endpoint, key }: CursorKey): CursorError {
  const nsid = endpoint.replace("xrpc/", "");
  return new CursorError(
    `The cursor ${JSON.stringify(key)} of ${nsid} was moved by somebody else while this walk was under way, so what was read here is not stored, and comes again. Give each reader a name of its own: .resume("name").`,
    { nsid, reason: "moved", key },
  );
}
