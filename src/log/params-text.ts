import { sniffMediaType } from "../core/http/media-type.ts";
import type { Redactor } from "./redact.ts";
import { REDACTED } from "./redact.ts";

/** Characters a logged input may have. */
export const MAX_TEXT = 16_384;

/** How much of a value is kept. */
interface Room {
  /** Characters of a text */
  readonly text: number;
  /** Items of an array */
  readonly items: number;
  /** Members of an object */
  readonly members: number;
  readonly depth: number;
}

/** Tried in this order, until the JSON is short enough. */
const rooms: readonly Room[] = [
  { text: MAX_TEXT, items: 1000, members: 1000, depth: 32 },
  { text: 200, items: 20, members: 100, depth: 16 },
  { text: 40, items: 3, members: 20, depth: 4 },
];

/** Values looked at in one go: what has more is far too long to be kept whole. */
const MAX_VALUES = 5000;

/**
 * The input of a call as JSON of at most 16,384 characters, without secrets. Long texts become their start and their
 * length, long lists their start and their number; bytes become their type and size. Never throws.
 */
export function paramsText(value: unknown, nsid: string, redactor: Redactor): string | null {
  if (value === undefined) return null;
  try {
    for (const room of rooms) {
      const text = JSON.stringify(new Copy(nsid, redactor, room).of(value, 0)) as string | undefined;
      if (text === undefined) return null;
      if (text.length <= MAX_TEXT) return text;
    }
    return JSON.stringify("<too long to be logged>");
  } catch (error) {
    return JSON.stringify(`<cannot be read: ${error instanceof Error ? error.name : "error"}>`);
  }
}

/** Copies what has to change; a value without secrets, bytes and excess is its own copy, so that most cost one look. */
class Copy {
  readonly #nsid: string;
  readonly #redactor: Redactor;
  readonly #room: Room;
  readonly #ancestors: object[] = [];
  #values = 0;

  constructor(nsid: string, redactor: Redactor, room: Room) {
    this.#nsid = nsid;
    this.#redactor = redactor;
    this.#room = room;
  }

  of(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case "string":
        return this.#text(value);
      case "object":
        return value === null ? null : this.#object(value, depth);
      case "bigint":
        return String(value);
      case "function":
      case "symbol":
        return `<${typeof value}>`;
      default:
        return value;
    }
  }

  #text(text: string): string {
    const { text: most } = this.#room;
    if (text.length <= most) return this.#redactor.text(text);
    // What is cut off is longer than any secret's rest: none is left with its end missing and its form lost.
    const start = this.#redactor.text(text.slice(0, most + 4096)).slice(0, most === MAX_TEXT ? 200 : most);
    return `${start.toWellFormed()}… <${text.length} characters>`;
  }

  #object(value: object, depth: number): unknown {
    const binary = describeBytes(value);
    if (binary !== undefined) return binary;
    if (this.#ancestors.includes(value)) return "<contains itself>";
    if (depth >= this.#room.depth || ++this.#values > MAX_VALUES) return "<…>";
    this.#ancestors.push(value);
    try {
      return this.#members(value, depth + 1);
    } finally {
      this.#ancestors.pop();
    }
  }

  #members(value: object, depth: number): unknown {
    if (Array.isArray(value)) return this.#array(value, depth);
    if ("toJSON" in value && typeof value.toJSON === "function") return this.of(value.toJSON(), depth);
    if (value instanceof Map || value instanceof Set) return `<${value.constructor.name}>`;
    return this.#record(value as Record<string, unknown>, depth);
  }

  #array(value: readonly unknown[], depth: number): readonly unknown[] {
    const { items } = this.#room;
    let copy: unknown[] | undefined = value.length > items ? value.slice(0, items) : undefined;
    const kept = copy ?? value;
    for (let index = 0; index < kept.length; index++) {
      const item = kept[index];
      const clean = this.of(item, depth);
      if (clean !== item) (copy ??= [...kept])[index] = clean;
    }
    if (kept.length < value.length) copy?.push(`<${value.length} items>`);
    return copy ?? value;
  }

  #record(value: Record<string, unknown>, depth: number): object {
    const names = Object.keys(value);
    const { members } = this.#room;
    let copy: Record<string, unknown> | undefined;
    for (const name of names.slice(0, members)) {
      const member = value[name];
      const clean = this.#member(name, member, depth);
      if (clean !== member) (copy ??= { ...value })[name] = clean;
    }
    const longName = names.find((name) => name.length > 200);
    if (names.length <= members && longName === undefined) return copy ?? value;
    const kept = Object.entries(copy ?? value).slice(0, members);
    const short = kept.map(([name, member]) => [name.length > 200 ? name.slice(0, 200) : name, member]);
    return { ...(Object.fromEntries(short) as object), "…": `<${names.length} members>` };
  }

  #member(name: string, member: unknown, depth: number): unknown {
    if (member === undefined || member === null || typeof member === "boolean") return member;
    return this.#redactor.isSecret(name, this.#nsid) ? REDACTED : this.of(member, depth);
  }
}

// By tag, because naming the classes of the web platform makes Node load them.
const tagOf = (value: object): string => Object.prototype.toString.call(value).slice(8, -1);
const buffers: ReadonlySet<string> = new Set(["ArrayBuffer", "SharedArrayBuffer"]);

/** Type and size of what is sent as bytes. */
function describeBytes(value: object): object | undefined {
  if (ArrayBuffer.isView(value)) {
    const type = value instanceof Uint8Array ? sniffMediaType(value) : undefined;
    return { bytes: value.byteLength, type: type ?? "application/octet-stream" };
  }
  // Nothing but plain objects and arrays is common, and they need no look at their tag.
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === Array.prototype || prototype === null) return undefined;
  const tag = tagOf(value);
  if (buffers.has(tag)) return { bytes: (value as ArrayBuffer).byteLength, type: "application/octet-stream" };
  if (tag === "Blob" || tag === "File" || tag === "ByteSource") {
    const { size, type } = value as { readonly size: number; readonly type: string };
    return { bytes: size, type: type || "application/octet-stream" };
  }
  return tag === "ReadableStream" ? { bytes: null, type: "stream" } : undefined;
}

const secretsDepth = 8;

/** The secrets an input holds, so that a server that repeats one does not bring it into the log. */
export function secretsIn(value: unknown, nsid: string, redactor: Redactor, depth = 0): readonly string[] {
  if (value === null || typeof value !== "object" || ArrayBuffer.isView(value) || depth > secretsDepth) return [];
  return Object.entries(value)
    .slice(0, 1000)
    .flatMap(([name, member]: [string, unknown]) => {
      if (typeof member !== "string") return secretsIn(member, nsid, redactor, depth + 1);
      return !Array.isArray(value) && member.length >= 4 && redactor.isSecret(name, nsid) ? [member] : [];
    });
}
