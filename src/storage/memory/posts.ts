import { otherKey, postKey, postUri, reservedPost, writtenColumns, writtenPostRows } from "../shared/post-rows.ts";
import type { PostReservation, PostRow, PostStore, WrittenPost } from "../ports/index.ts";

export class MemoryPosts implements PostStore {
  readonly #now: () => number;
  readonly #check: () => void;
  readonly #isLogged: (callId: number) => boolean;
  readonly #rows = new Map<string, PostRow>();
  #lastId = 0;

  constructor(now: () => number, check: () => void, isLogged: (callId: number) => boolean) {
    this.#now = now;
    this.#check = check;
    this.#isLogged = isLogged;
  }

  async get(uri: string): Promise<PostRow | undefined> {
    this.#check();
    const row = this.#rows.get(postUri(uri));
    return row === undefined || row.apilogId === null || this.#isLogged(row.apilogId)
      ? row
      : { ...row, apilogId: null };
  }

  async getByKey(repo: string, clientUniqueKey: string): Promise<PostRow | undefined> {
    const row = this.#withKey(repo, clientUniqueKey);
    return row && this.get(row.uri);
  }

  async reserve(post: PostReservation): Promise<PostRow> {
    const taken = this.#withKey(post.repo, post.clientUniqueKey);
    if (taken !== undefined) return taken;
    const reserved = reservedPost(post, this.#now());
    const old = this.#rows.get(reserved.uri);
    if (old !== undefined && old.clientUniqueKey !== null) throw otherKey(old);
    const { clientUniqueKey, updatedAt } = reserved;
    const row =
      old === undefined || old.state === "deleted"
        ? { id: old?.id ?? ++this.#lastId, ...reserved }
        : { ...old, clientUniqueKey, updatedAt };
    this.#rows.set(row.uri, row);
    return row;
  }

  async revise(uri: string, contentHash: string): Promise<boolean> {
    return this.#change(uri, isUnsettled, { contentHash });
  }

  async markUnknown(uri: string): Promise<void> {
    this.#change(uri, ({ state }) => state === "pending", { state: "unknown" });
  }

  async release(uri: string): Promise<void> {
    this.#check();
    const row = this.#rows.get(postUri(uri));
    if (row !== undefined && isUnsettled(row)) this.#rows.delete(row.uri);
  }

  async freeKey(repo: string, clientUniqueKey: string): Promise<void> {
    const row = this.#withKey(repo, clientUniqueKey);
    if (row !== undefined) this.#change(row.uri, () => true, { clientUniqueKey: null });
  }

  async moveKey(repo: string, clientUniqueKey: string, uri: string, contentHash: string): Promise<void> {
    const key = postKey(clientUniqueKey);
    await this.freeKey(repo, clientUniqueKey);
    this.#change(uri, () => true, { clientUniqueKey: key, contentHash });
  }

  async save(posts: readonly WrittenPost[]): Promise<void> {
    this.#check();
    for (const post of writtenPostRows(posts, this.#now())) {
      const old = this.#rows.get(post.uri);
      const changed = Object.fromEntries(writtenColumns.map((column) => [column, post[column]]));
      const contentHash = post.contentHash ?? old?.contentHash ?? null;
      this.#rows.set(
        post.uri,
        old === undefined ? { id: ++this.#lastId, ...post } : { ...old, ...changed, contentHash },
      );
    }
  }

  async markDeleted(uris: readonly string[]): Promise<void> {
    this.#check();
    for (const uri of uris) this.#change(uri, () => true, { state: "deleted", clientUniqueKey: null });
  }

  #withKey(repo: string, clientUniqueKey: string): PostRow | undefined {
    this.#check();
    const key = postKey(clientUniqueKey);
    return [...this.#rows.values()].find((row) => row.repo === repo && row.clientUniqueKey === key);
  }

  #change(uri: string, applies: (row: PostRow) => boolean, change: Partial<PostRow>): boolean {
    this.#check();
    const row = this.#rows.get(postUri(uri));
    if (row === undefined || !applies(row)) return false;
    this.#rows.set(row.uri, { ...row, ...change, updatedAt: this.#now() });
    return true;
  }
}

const isUnsettled = ({ state }: PostRow): boolean => state === "pending" || state === "unknown";
