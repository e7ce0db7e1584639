import type { UploadKey, UploadRow, UploadSession, UploadStore } from "../ports/index.ts";

/** Uploads that have not ended, until the process does. */
export class MemoryUploads implements UploadStore {
  readonly #now: () => number;
  readonly #check: () => void;
  readonly #rows = new Map<string, UploadRow>();
  #lastId = 0;

  constructor(now: () => number, check: () => void) {
    this.#now = now;
    this.#check = check;
  }

  async get(key: UploadKey): Promise<UploadRow | undefined> {
    this.#check();
    const row = this.#rows.get(nameOf(key));
    return row !== undefined && row.expiresAt > this.#now() ? row : undefined;
  }

  async save({ did, contentHash, size }: UploadKey, session: UploadSession): Promise<void> {
    this.#check();
    const now = this.#now();
    for (const [name, { expiresAt }] of this.#rows) if (expiresAt <= now) this.#rows.delete(name);
    const key = { did, contentHash, size };
    const { jobId, partSize, partCount, expiresAt } = session;
    const { id = ++this.#lastId, createdAt = now } = this.#rows.get(nameOf(key)) ?? {};
    this.#rows.set(nameOf(key), { id, ...key, jobId, partSize, partCount, expiresAt, createdAt, updatedAt: now });
  }

  async delete(key: UploadKey, jobId: string): Promise<boolean> {
    this.#check();
    return this.#rows.get(nameOf(key))?.jobId === jobId && this.#rows.delete(nameOf(key));
  }
}

const nameOf = ({ did, contentHash, size }: UploadKey): string => `${did} ${contentHash} ${size}`;
