import type { BlobRef } from "../../core/lexicon/formats.ts";
import { SharedWork } from "../../core/shared-work.ts";
import { limits } from "../limits.ts";

const MOST = 1000;

/** Pictures that were uploaded and may still wait for a post: bytes that are at the server are not sent there again. */
export class UploadCache {
  readonly #known = new Map<string, { readonly at: number; readonly blob: BlobRef }>();
  readonly #sending = new SharedWork();

  /** What the server has, or what `send` brings there: once for all who ask at the same time, whoever of them leaves. */
  async get(
    repo: string,
    cid: string,
    now: number,
    signal: AbortSignal | undefined,
    send: (signal: AbortSignal) => Promise<BlobRef>,
  ): Promise<BlobRef> {
    const name = `${repo} ${cid}`;
    const known = this.#known.get(name);
    if (known !== undefined && now - known.at < limits.upload) return known.blob;
    const blob = await this.#sending.run(name, signal, send);
    this.#known.delete(name);
    this.#known.set(name, { at: now, blob });
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST && oldest !== undefined) this.#known.delete(oldest);
    return blob;
  }

  /** The server has lost one of them, with the last record that had it for instance: it does not say which. False if none was known. */
  forget(): boolean {
    const wasKnown = this.#known.size > 0;
    this.#known.clear();
    return wasKnown;
  }
}
