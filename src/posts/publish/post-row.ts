import type { WrittenPost } from "../../storage/ports/index.ts";

/** What is remembered of a post that was written. */
export function postRowOf(uri: string, cid: string, record: unknown, apilogId?: number): WrittenPost {
  const { createdAt, reply } = (record ?? {}) as { readonly createdAt?: unknown; readonly reply?: Reply };
  const [repo = "", , rkey = ""] = uri.slice("at://".length).split("/");
  const time = Date.parse(String(createdAt));
  return {
    repo,
    rkey,
    uri,
    cid,
    apilogId: apilogId ?? null,
    replyTo: text(reply?.parent?.uri),
    rootUri: text(reply?.root?.uri),
    rootCid: text(reply?.root?.cid),
    createdAt: Number.isNaN(time) ? 0 : time,
  };
}

interface Reply {
  readonly root?: { readonly uri?: unknown; readonly cid?: unknown };
  readonly parent?: { readonly uri?: unknown };
}

const text = (value: unknown): string | null => (typeof value === "string" ? value : null);
