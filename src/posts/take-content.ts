import { ValidationError } from "../core/errors/index.ts";
import { ownBytes } from "../core/call/input.ts";
import type { RichText } from "../richtext/rich-text.ts";
import type { PostContent } from "./content.ts";
import type { Post } from "./post.ts";

/** Something to post: a text, a post, or an object with its fields. */
export type Postable = string | RichText | Post | PostContent;

/**
 * What is posted, as it is when the call is made: what its owner does to it afterwards is not posted. Blobs and streams stay what they
 * are.
 *
 * @throws ValidationError for what is none of the forms a post has
 */
export function takeContent(post: Postable): PostContent {
  if (typeof post === "string") return { text: post };
  if (typeof post !== "object" || post === null || Array.isArray(post)) {
    const message = `must be a text, a Post, a RichText, or an object such as { text, images }, not ${described(post)}`;
    throw new ValidationError(`A post ${message}. Nothing was sent.`, { issues: [{ path: "post", message }] });
  }
  if ("content" in post) return copyContent(post.content);
  return "marked" in post ? { text: post.clone() } : copyContent(post);
}

/**
 * The posts of a thread, as {@link takeContent} takes one.
 *
 * @throws ValidationError for what is not a list of posts
 */
export function takeContents(posts: readonly Postable[]): readonly PostContent[] {
  if (Array.isArray(posts)) return (posts as readonly Postable[]).map(takeContent);
  const message = `must be a list of posts, not ${typeof posts === "string" ? "a text: createPost takes one" : described(posts)}`;
  throw new ValidationError(`A thread ${message}. Nothing was sent.`, { issues: [{ path: "posts", message }] });
}

const described = (value: unknown): string =>
  Array.isArray(value) ? "a list" : value === null ? "null" : typeof value === "object" ? "an object" : String(value);

/** A copy of plain objects, lists, dates, URLs and bytes; what refers to itself does so in the copy. */
export function copyContent<Value>(value: Value, known = new Map<unknown, unknown>()): Value {
  if (typeof value !== "object" || value === null) return value;
  return (known.get(value) ?? copyOf(value, known)) as Value;
}

function copyOf(value: object, known: Map<unknown, unknown>): unknown {
  if (value instanceof Uint8Array || value instanceof ArrayBuffer) return ownBytes(value);
  if (value instanceof Date) return new Date(value);
  if (value instanceof URL) return new URL(value);
  if ("marked" in value && "clone" in value) return (value as RichText).clone();
  if (Array.isArray(value)) {
    const list: unknown[] = [];
    known.set(value, list);
    for (const one of value) list.push(copyContent(one as unknown, known));
    return list;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  const fields: Record<string, unknown> = {};
  known.set(value, fields);
  for (const [name, one] of Object.entries(value)) {
    // An assignment to this name would set the prototype.
    Object.defineProperty(fields, name, { value: copyContent(one as unknown, known), ...ordinary });
  }
  return fields;
}

const ordinary = { enumerable: true, writable: true, configurable: true } as const;
