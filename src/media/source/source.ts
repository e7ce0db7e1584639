import type { FileHandle } from "node:fs/promises";
import { open, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { MediaError, MediaTooLargeError } from "../../core/errors/index.ts";
import { sniffMediaType } from "../../core/http/media-type.ts";
import type { PublicAnswer } from "./fetch-public.ts";
import { openPublic, urlName } from "./fetch-public.ts";
import { limits } from "../limits.ts";
import type { MediaOptions } from "../options.ts";

/**
 * A picture, a video or another file: its path, a `file:`, `http:`, `https:` or `data:` URL, its bytes, a Blob, or a
 * stream of Node or the web.
 */
export type MediaSource =
  | string
  | URL
  | Uint8Array
  | ArrayBuffer
  | Blob
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>;

/** Media that has been opened. To be closed, also after a failure. */
export interface Media {
  /** How messages call it: the path as it was given, the URL without its query, `the given bytes` */
  readonly name: string;
  /** Bytes; `undefined` for what flows and does not say */
  readonly size: number | undefined;
  /** Its first bytes, 64 at most */
  readonly head: Uint8Array;
  /** Media type, by its first bytes */
  readonly type: string | undefined;
  /** Media type that came with it: a Blob's, or a server's */
  readonly declaredType: string | undefined;
  /** The file it lies in */
  readonly path: string | undefined;
  /** Reads a part, shorter at the end. Absent for what flows, which can be read once and from the start only */
  readonly read: ((start: number, length: number) => Promise<Uint8Array>) | undefined;
  /** All bytes from the start. What flows can be read once */
  chunks(): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

export interface OpenOptions extends MediaOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Bytes that tell a media type */
const HEAD = 64;

/**
 * Opens what a user gave. Nothing but its first bytes is read.
 *
 * @throws MediaError when it cannot be read or is empty
 */
export async function openMedia(source: MediaSource, options: OpenOptions = {}): Promise<Media> {
  options.signal?.throwIfAborted();
  if (typeof source === "string" || source instanceof URL) return openAddress(source, options);
  if (source instanceof Uint8Array) return openBytes(source, "the given bytes");
  if (source instanceof ArrayBuffer) return openBytes(new Uint8Array(source), "the given bytes");
  if (source instanceof Blob) return openBlob(source);
  if (typeof source === "object" && source !== null && Symbol.asyncIterator in source) {
    return openFlow(source as AsyncIterable<unknown>, { name: "the given stream" }, options.signal);
  }
  const kind = source === null ? "null" : typeof source;
  throw new MediaError(`media is ${kind}; it can be a path, a URL, bytes, a Blob or a stream. Nothing was sent.`, {
    media: kind,
  });
}

/**
 * Reads everything into memory.
 *
 * @throws MediaTooLargeError when there is more than `maxBytes`
 */
export async function readAll(media: Media, maxBytes: number, signal?: AbortSignal): Promise<Uint8Array> {
  const tooLarge = (size: number): MediaTooLargeError => {
    const least = media.size === undefined ? "at least " : "";
    return new MediaTooLargeError(
      `${media.name} has ${least}${size} bytes; at most ${maxBytes} are read into memory. Nothing was sent.`,
      { media: media.name, size, maxSize: maxBytes },
    );
  };
  if (media.size !== undefined && media.size > maxBytes) throw tooLarge(media.size);
  if (media.read !== undefined) return media.read(0, media.size ?? maxBytes);
  const chunks: Uint8Array[] = [];
  let read = 0;
  for await (const chunk of media.chunks()) {
    signal?.throwIfAborted();
    read += chunk.length;
    if (read > maxBytes) throw tooLarge(read);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function openAddress(source: string | URL, options: OpenOptions): Promise<Media> {
  const url = source instanceof URL ? source : /^(?:https?|file|data):/i.test(source) ? URL.parse(source) : undefined;
  if (url === undefined) return openFile(String(source), String(source));
  if (url === null) throw unreadable(String(source), "is no URL");
  switch (url.protocol) {
    case "file:":
      return openFile(pathOf(url), url.href);
    case "data:":
      return openData(url);
    case "http:":
    case "https:": {
      const { downloadTimeout, ...others } = options;
      const answer = await openPublic(url, { ...others, timeout: downloadTimeout, maxBytes: Number.MAX_SAFE_INTEGER });
      return openAnswer(answer, options.signal);
    }
    default:
      throw unreadable(urlName(url), `has the scheme ${url.protocol}, which cannot be read`);
  }
}

const openAnswer = ({ url, size, type, body }: PublicAnswer, signal: AbortSignal | undefined): Promise<Media> =>
  openFlow(body, { name: urlName(url), size, declaredType: type }, signal);

function pathOf(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw unreadable(url.href, "names no file of this machine", cause);
  }
}

async function openData(url: URL): Promise<Media> {
  const answer = await fetch(url).catch((cause: unknown) => {
    throw unreadable("the given data: URL", "is malformed", cause);
  });
  const declared = answer.headers.get("content-type") ?? undefined;
  return openBytes(new Uint8Array(await answer.arrayBuffer()), "the given data: URL", declared);
}

function openBytes(bytes: Uint8Array, name: string, declaredType?: string): Media {
  if (bytes.length === 0) throw empty(name);
  return {
    name,
    size: bytes.length,
    head: bytes.subarray(0, HEAD),
    type: sniffMediaType(bytes),
    declaredType,
    path: undefined,
    read: async (start, length) => bytes.subarray(start, start + length),
    async *chunks() {
      for (let at = 0; at < bytes.length; at += limits.chunk) yield bytes.subarray(at, at + limits.chunk);
    },
    close: async () => {},
  };
}

async function openBlob(blob: Blob): Promise<Media> {
  const name = "name" in blob && typeof blob.name === "string" && blob.name !== "" ? blob.name : "the given Blob";
  if (blob.size === 0) throw empty(name);
  const read = async (start: number, length: number): Promise<Uint8Array> =>
    new Uint8Array(await blob.slice(start, start + length).arrayBuffer());
  const head = await read(0, HEAD);
  return {
    name,
    size: blob.size,
    head,
    type: sniffMediaType(head),
    declaredType: blob.type || undefined,
    path: undefined,
    read,
    chunks: () => blob.stream(),
    close: async () => {},
  };
}

async function openFile(path: string, name: string): Promise<Media> {
  let file: FileHandle | undefined;
  try {
    // Before it is opened: opening a pipe waits for whoever writes to it.
    if (!(await stat(path)).isFile()) throw unreadable(name, "is not a regular file; pass a stream instead");
    file = await open(path);
    const { size } = await file.stat();
    if (size === 0) throw empty(name);
    const media = fileMedia(file, size, path, name);
    const head = await media.read(0, HEAD);
    return { ...media, head, type: sniffMediaType(head) };
  } catch (error) {
    await file?.close();
    if (error instanceof MediaError) throw error;
    throw unreadable(name, explainSystem(error), error);
  }
}

function fileMedia(file: FileHandle, size: number, path: string, name: string) {
  const read = async (start: number, length: number): Promise<Uint8Array> => {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, size - start)));
    for (let done = 0; done < bytes.length;) {
      const { bytesRead } = await file.read(bytes, done, bytes.length - done, start + done);
      if (bytesRead === 0) throw unreadable(name, "became shorter while it was read");
      done += bytesRead;
    }
    return bytes;
  };
  return {
    name,
    size,
    declaredType: undefined,
    path,
    read,
    async *chunks(): AsyncGenerator<Uint8Array, void, void> {
      for (let at = 0; at < size; at += limits.chunk) yield await read(at, limits.chunk);
    },
    close: () => file.close(),
  };
}

/** What flows is read once; its first bytes are looked at and given out again. */
async function openFlow(
  source: AsyncIterable<unknown>,
  { name, size, declaredType }: Pick<Media, "name"> & Partial<Pick<Media, "size" | "declaredType">>,
  signal: AbortSignal | undefined,
): Promise<Media> {
  const iterator = flowing(source, name, signal);
  const first: Uint8Array[] = [];
  let read = 0;
  let ended = false;
  while (read < HEAD && !ended) {
    const { value, done } = await iterator.next();
    if (value instanceof Uint8Array) first.push(value);
    read += value?.length ?? 0;
    ended = done === true;
  }
  if (read === 0) throw empty(name);
  const head = Buffer.concat(first).subarray(0, HEAD);
  let isUsed = false;
  return {
    name,
    size,
    head,
    type: sniffMediaType(head),
    declaredType,
    path: undefined,
    read: undefined,
    async *chunks() {
      if (isUsed) throw unreadable(name, "is a stream, which can be read only once");
      isUsed = true;
      try {
        yield* first;
        if (!ended) yield* iterator;
      } finally {
        await iterator.return();
      }
    },
    close: async () => void (await iterator.return()),
  };
}

/** The chunks of a stream as bytes; what goes wrong in it becomes a `MediaError`. */
async function* flowing(
  source: AsyncIterable<unknown>,
  name: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, void> {
  let iterator: AsyncIterator<unknown> | undefined;
  try {
    iterator = source[Symbol.asyncIterator]();
    for (;;) {
      const { value: chunk, done } = await unlessAborted(iterator.next(), signal);
      if (done === true) return;
      if (chunk instanceof ArrayBuffer) yield new Uint8Array(chunk);
      else if (chunk instanceof Uint8Array) yield chunk;
      else throw unreadable(name, `gives ${typeof chunk} in place of bytes`);
    }
  } catch (error) {
    if (error instanceof MediaError || signal?.aborted) throw error;
    throw unreadable(name, `cannot be read: ${error instanceof Error ? error.message : String(error)}`, error);
  } finally {
    // A source that stands still does not answer to this either: nobody waits for it.
    void (async () => iterator?.return?.())().catch(() => {});
  }
}

/** What a source that stands still never gives, the signal ends. */
async function unlessAborted<Value>(work: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return work;
  let give: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    give = () => reject(signal.reason);
    signal.addEventListener("abort", give, { once: true });
    if (signal.aborted) give();
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (give !== undefined) signal.removeEventListener("abort", give);
    // Whichever came second is nobody's any more.
    for (const late of [work, aborted]) late.catch(() => {});
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "does not exist; relative paths start at the working directory",
  EACCES: "may not be read by this process",
  EPERM: "may not be read by this process",
  ENAMETOOLONG: "is no path; bytes are given as Uint8Array, not as text",
  ERR_INVALID_ARG_VALUE: "is no path; bytes are given as Uint8Array, not as text",
};

function explainSystem(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  return reasons[code] ?? `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
}

const unreadable = (name: string, why: string, cause?: unknown): MediaError => {
  const short = name.length > 200 ? `${name.slice(0, 200)}…` : name;
  return new MediaError(`${short} ${why}. Nothing was sent.`, { media: short, cause });
};

const empty = (name: string): MediaError => unreadable(name, "is empty");
