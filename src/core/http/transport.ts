/** The part of a platform's `Headers` that answers need. Names ignore case. */
export interface ResponseHeaders extends Iterable<[name: string, value: string]> {
  /** The value; `null` if there is no such header */
  get(name: string): string | null;
  /** Whether there is such a header */
  has(name: string): boolean;
}

/** The headers of an answer that has none. */
export const noHeaders: ResponseHeaders = { get: () => null, has: () => false, [Symbol.iterator]: () => [].values() };

/**
 * Ends a request from outside, wherever it is. Every request has one, and it costs a fraction of an `AbortSignal`.
 */
export class Cancellation {
  #isCancelled = false;
  #listener: (() => void) | undefined;

  cancel(): void {
    this.#isCancelled = true;
    this.#listener?.();
  }

  /** Calls back when it is cancelled, at once if it was. Whoever listens last is the one who is called. */
  listen(listener: () => void): void {
    this.#listener = listener;
    if (this.#isCancelled) listener();
  }
}

/** Bytes that are read from their start for every attempt, and never lie in memory as a whole: those of a file, for instance. */
export class ByteSource {
  readonly [Symbol.toStringTag] = "ByteSource";
  /** Bytes */
  readonly size: number;
  /** Media type, empty if unknown */
  readonly type: string;
  readonly #open: () => AsyncIterable<Uint8Array>;

  constructor(size: number, open: () => AsyncIterable<Uint8Array>, type = "") {
    this.size = size;
    this.type = type;
    this.#open = open;
  }

  /** The bytes from the start */
  open(): AsyncIterable<Uint8Array> {
    return this.#open();
  }

  /** The same as a stream for `fetch`, which goes on reading what it was to send when it is aborted; this ends it. */
  openUntil(signal: AbortSignal): ReadableStream<Uint8Array> {
    return ReadableStream.from(until(signal, this.#open()));
  }
}

async function* until(signal: AbortSignal, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  for await (const chunk of chunks) {
    if (signal.aborted) return;
    yield chunk;
  }
}

/** What a request can carry. */
export type Content = string | Uint8Array | Blob | ByteSource | ReadableStream<Uint8Array>;

export interface TransportRequest {
  readonly method: "GET" | "POST";
  readonly url: string;
  /** Names in lower case */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Content | undefined;
  readonly cancellation: Cancellation;
  /** Bytes of the response's body, decompressed, above which it is not read */
  readonly maxBytes: number;
  /**
   * Somebody else named the server: a DID document, not the user. Only public addresses are connected to, as far as the platform
   * shows them, and no redirect leads to another origin; of a `fetch`, none is followed. Default false
   */
  readonly isForeign?: boolean | undefined;
  /** Called when the request may have left: from then on nobody knows what the server has seen. */
  readonly onSending?: () => void;
}

/** A response's body is larger than the call allows. */
export class BodyTooLarge extends Error {
  constructor(maxBytes: number) {
    super(`the body has more than ${maxBytes} bytes`);
  }
}

export interface TransportResponse {
  readonly status: number;
  readonly headers: ResponseHeaders;
  /** Where the answer came from, after redirects */
  readonly url: string;
  /** Decompressed */
  readonly body: Uint8Array;
}

/**
 * Carries one HTTP request and brings the whole answer. Redirects of GET are followed, without the token when they lead
 * to another origin, and not at all then if the server is foreign; those of POST are answers. Rejects with what went wrong, an error with the system's `code` if it has one.
 */
export type Transport = (request: TransportRequest) => Promise<TransportResponse>;

/** The part of the platform's `fetch` that calls use. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Carries requests by a `fetch`. */
export function fetchTransport(fetch: Fetch): Transport {
  return async ({ method, url, headers, body, cancellation, maxBytes, isForeign, onSending }) => {
    const controller = new AbortController();
    cancellation.listen(() => controller.abort());
    const source = typeof body === "object" && "openUntil" in body ? body : undefined;
    const content = source?.openUntil(controller.signal) ?? body;
    onSending?.();
    const response = await fetch(url, {
      method,
      // Streams have no length of their own.
      headers: source ? { "content-length": String(source.size), ...headers } : headers,
      signal: controller.signal,
      // A redirected write would be sent again as a GET; a redirected read loses its token on the way to another host.
      // Where a foreign server leads cannot be looked at before it is asked.
      redirect: isForeign ? "error" : method === "GET" ? "follow" : "manual",
      // `duplex` is asked for with streams, and means nothing to others.
      ...(content !== undefined && { body: content as NonNullable<RequestInit["body"]>, duplex: "half" }),
    });
    const bytes = await readBounded(response, maxBytes);
    return { status: response.status, headers: response.headers, url: response.url || url, body: bytes };
  };
}

async function readBounded(response: Response, maxBytes: number): Promise<Uint8Array> {
  const reader = response.body?.getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) {
    length += next.value.length;
    if (length > maxBytes) {
      void reader?.cancel().catch(() => undefined);
      throw new BodyTooLarge(maxBytes);
    }
    chunks.push(next.value);
  }
  return chunks.length === 1 ? (chunks[0] as Uint8Array) : new Uint8Array(await new Blob(chunks).arrayBuffer());
}

export const isStream = (body: unknown): body is ReadableStream<Uint8Array> =>
  Object.prototype.toString.call(body) === "[object ReadableStream]";

/** Bytes of what is sent; `undefined` for streams, whose length nobody knows. */
export function contentLength(content: Content): number | undefined {
  if (typeof content === "string") {
    // Browsers have no Buffer, which is the faster one.
    return typeof Buffer === "undefined" ? new TextEncoder().encode(content).length : Buffer.byteLength(content);
  }
  if (isStream(content)) return undefined;
  return "size" in content ? content.size : content.byteLength;
}
