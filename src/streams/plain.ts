import { BytesWrapper, CidLinkWrapper } from "@atcute/cbor";
import type { Cid } from "@atcute/cid";
import { toString } from "@atcute/cid";
import type { CidLink } from "../core/lexicon/formats.ts";

/** Its own `$link` redefines itself on every object, which costs more than the text. */
export const plainLink = (cid: CidLinkWrapper): CidLink => ({ $link: toString(cid as unknown as Cid) });

/** Turns what the decoder wraps into plain data, in place: links to `{ $link }`, bytes to `Uint8Array`. */
export function plain(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof CidLinkWrapper) return plainLink(value);
  if (value instanceof BytesWrapper) return value.buf;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const item: unknown = value[index];
      if (typeof item === "object" && item !== null) value[index] = plain(item);
    }
    return value;
  }
  const record = value as Record<string, unknown>;
  for (const key in record) {
    const member = record[key];
    if (typeof member === "object" && member !== null) record[key] = plain(member);
  }
  return record;
}
