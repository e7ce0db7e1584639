import type { BlobRef } from "../../core/lexicon/formats.ts";
import { limits } from "../limits.ts";

const MOST = 1000;

/** Pictures that were uploaded and may still wait for a post: bytes that are at the server are not sent there again. */
export class UploadCache {
  readonly #known = new Map<string, { readonly at: number; readonly blob: Promise<BlobRef> }>();

  /** What the server has, or what `send` brings there. */
  get(repo: string, cid: string, now: number, send: () => Promise<BlobRef>): Promise<BlobRef> {
    const name = `${repo} ${cid}`;
    const known = this.#known.get(name);
    if (known !== undefined && now - known.at < limits.upload) return known.blob;
    const blob = send();
    this.#known.delete(name);
    this.#known.set(name, { at: now, blob });
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST && oldest !== undefined) this.#known.delete(oldest);
    blob.catch(() => this.#known.delete(name));
    return blob;
  }

  /** The server has lost one of them: it does not say which. */
  forget(): void {
    this.#known.clear();
  }
}
