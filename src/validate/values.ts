import type { BlobRef } from "@atproto/lexicon";
import { jsonToLex } from "@atproto/lexicon";
import { isUsual } from "./formats.ts";

export type Fields = Readonly<Record<string, unknown>>;

/** As much of a blob as has limits. */
export interface TypedBlob {
  readonly mimeType: string;
  readonly size: number;
}

export const isObject = (value: unknown): value is Fields =>
  value !== null && typeof value === "object" && !Array.isArray(value) && !(value instanceof Uint8Array);

/** Whether every object has something by a name, which is no member of it. */
export const isInherited = (name: string): boolean => name in Object.prototype;

/** The member of a value that a schema means: its own. */
export const ownMember = (value: Fields, name: string): unknown =>
  isInherited(name) && !Object.hasOwn(value, name) ? undefined : value[name];

/**
 * Plain data as `@atproto/lexicon` wants it: blobs and links are instances of its classes there. Values that hold none of
 * them are given back as they are, not copied.
 */
export function toLex(value: unknown): unknown {
  if (value === null || typeof value !== "object" || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) {
    let copy: unknown[] | undefined;
    for (let index = 0; index < value.length; index++) {
      const item: unknown = value[index];
      const converted = toLex(item);
      if (converted !== item) (copy ??= [...(value as unknown[])])[index] = converted;
    }
    return copy ?? value;
  }
  const fields = value as Fields;
  if (fields.$link !== undefined || fields.$type === "blob") return instanceOf(fields);
  let copy: Record<string, unknown> | undefined;
  for (const key in fields) {
    const member = fields[key];
    if (typeof member !== "object") continue;
    const converted = toLex(member);
    if (converted !== member) (copy ??= { ...fields })[key] = converted;
  }
  return copy ?? value;
}

/** What looks like a link or blob but is none stays as it is, and is refused where a lexicon asks for one. */
function instanceOf(value: Fields): unknown {
  try {
    return jsonToLex(value);
  } catch {
    return value;
  }
}

/** As servers read it: either alphabet, with or without the padding. */
const base64 = /^(?:[\w+/-]{4})*(?:[\w+/-]{2}(?:=?=?|[\w+/-]=?))?$/;

/** Reads what is about to be sent as servers do: what is no base64 stays an object, which is refused where bytes are wanted. */
export function decodeSent(text: string): unknown {
  if (!text.includes('"$bytes"')) return JSON.parse(text);
  return JSON.parse(text, (_key, value: unknown) => {
    const { $bytes, ...others } = isObject(value) ? value : {};
    const isBytes = typeof $bytes === "string" && Object.keys(others).length === 0 && base64.test($bytes);
    return isBytes ? new Uint8Array(Buffer.from($bytes, "base64")) : value;
  });
}

/** A copy of which no object inherits anything: `@atproto/lexicon` takes what is inherited for members. */
export function withoutInherited(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutInherited);
  if (value === null || typeof value !== "object" || Object.getPrototypeOf(value) !== Object.prototype) return value;
  const copy = Object.create(null) as Record<string, unknown>;
  for (const key in value) copy[key] = withoutInherited((value as Fields)[key]);
  return copy;
}

/** The codec of blobs: https://atproto.com/specs/data-model#link-and-cid-formats */
const RAW = 0x55;

/** Whether a value is a blob as servers take it: with a size, and the link to raw bytes. */
export function isBlob(value: unknown): value is TypedBlob {
  if (!isTypedBlob((value ?? {}) as Fields)) return false;
  const blob = instanceOf(value as Fields) as Partial<BlobRef>;
  return blob.ref?.code === RAW;
}

/** It has a type and a size, whatever its link is. */
const isTypedBlob = ({ $type, mimeType, size }: Fields): boolean =>
  $type === "blob" &&
  typeof mimeType === "string" &&
  mimeType.includes("/") &&
  Number.isSafeInteger(size) &&
  (size as number) >= 0;

/** Whether a value is a link: `{ $link: cid }`. */
export const isLink = (value: unknown): boolean =>
  value !== null && typeof value === "object" && "$link" in value && instanceOf(value) !== value;

const hasKeys = (value: object, count: number): boolean => Object.keys(value).length === count;

/** Whether a value is a link for certain: those that look as links do today. */
export const isUsualLink = (value: unknown): boolean =>
  isObject(value) && typeof value.$link === "string" && isUsual("cid", value.$link) && hasKeys(value, 1);

/** Whether a value is a blob for certain. */
export function isUsualBlob(value: unknown): boolean {
  if (!isObject(value) || !isTypedBlob(value) || !hasKeys(value, 4)) return false;
  const { ref } = value;
  return isUsualLink(ref) && (ref as { $link: string }).$link.startsWith("bafk");
}
