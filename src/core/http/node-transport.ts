import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import type { Readable } from "node:stream";
import type { ResponseHeaders, Transport, TransportResponse, TransportRequest } from "./transport.ts";
import { ByteSource, contentLength, isStream } from "./transport.ts";

/**
 * Carries requests by Node's own HTTP client, for a third of the CPU that `fetch` takes for a small answer. Built-in modules are
 * asked of the process when the first request is made: importing them would load `fetch` as well.
 */
export const nodeTransport: Transport = async (request) => {
  let url = new URL(request.url);
  let headers = request.headers;
  for (let redirects = 0; ; redirects++) {
    const message = await exchangeMessages(url, headers, request);
    const status = message.statusCode ?? 0;
    const location = message.headers.location;
    if (request.method !== "GET" || !isRedirect(status) || location === undefined) return receive(message, url.href);
    message.resume();
    if (redirects === MAX_REDIRECTS) throw new Error(`more than ${MAX_REDIRECTS} redirects`);
    const target = new URL(location, url);
    if (target.origin !== url.origin) headers = withoutToken(headers);
    url = target;
  }
};

/** Whether this platform has Node's HTTP client. */
export const hasNodeTransport = (): boolean => typeof process !== "undefined" && "getBuiltinModule" in process;

const MAX_REDIRECTS = 5;
/** Milliseconds an idle connection is kept when the server does not say; most servers close theirs after five seconds or more */
const IDLE_TIMEOUT = 4_000;
/** Compressed bytes up to which decompressing at once is cheaper than handing it to a thread */
const SMALL_BODY = 131_072;

const isRedirect = (status: number): boolean => [301, 302, 303, 307, 308].includes(status);

function withoutToken(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { authorization: _token, cookie: _cookie, ...others } = headers;
  return others;
}

interface Protocol {
  readonly request: (options: RequestOptions, listener: (message: IncomingMessage) => void) => ClientRequest;
  readonly agent: Agent;
}

const protocols = new Map<string, Protocol>();

/** Connections are kept and shared by all clients of the process; idle ones do not keep it alive. */
function protocolOf(name: string): Protocol {
  let protocol = protocols.get(name);
  if (protocol === undefined) {
    const module = name === "https:" ? process.getBuiltinModule("node:https") : process.getBuiltinModule("node:http");
    const agent = new module.Agent({ keepAlive: true, timeout: IDLE_TIMEOUT, scheduling: "lifo" });
    // Looked up for each request, so that what instruments the module is seen.
    protocol = { request: (options, listener) => module.request(options, listener), agent };
    protocols.set(name, protocol);
  }
  return protocol;
}

function exchangeMessages(
  url: URL,
  headers: Readonly<Record<string, string>>,
  { method, body, cancellation }: TransportRequest,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    // Before the request is begun: a stream that somebody reads already fails here, with nothing left open.
    const source = sourceOf(body);
    const { request, agent } = protocolOf(url.protocol);
    const outgoing = request(
      {
        method,
        protocol: url.protocol,
        // A URL writes IPv6 addresses in brackets, a socket does not.
        hostname: url.hostname.replace(/^\[|\]$/g, ""),
        port: url.port,
        path: url.pathname + url.search,
        headers: { "accept-encoding": "gzip, deflate, br", ...lengthOf(body), ...headers },
        agent,
      },
      resolve,
    );
    outgoing.on("error", reject);
    cancellation.listen(() => void outgoing.destroy(new Error("cancelled")));
    if (source === undefined) outgoing.end(body);
    else {
      source.on("error", (error) => outgoing.destroy(error)).pipe(outgoing);
      // A request that ends early leaves its source half read, which nobody else would close.
      outgoing.once("close", () => source.destroy());
    }
  });
}

function lengthOf(body: TransportRequest["body"]): { readonly "content-length"?: string } {
  const length = body === undefined ? undefined : contentLength(body);
  return length === undefined ? {} : { "content-length": String(length) };
}

/** Text and bytes are written at once; files, Blobs and streams flow. */
function sourceOf(body: TransportRequest["body"]): Readable | undefined {
  if (body === undefined || typeof body === "string" || body instanceof Uint8Array) return undefined;
  const { Readable: readable } = process.getBuiltinModule("node:stream");
  if (body instanceof ByteSource) return readable.from(body.open());
  return readable.fromWeb(isStream(body) ? body : body.stream());
}

async function receive(message: IncomingMessage, url: string): Promise<TransportResponse> {
  const raw = await readAll(message);
  const body = await decompress(raw, message.headers["content-encoding"]);
  return { status: message.statusCode ?? 0, headers: new NodeHeaders(message), url, body };
}

/** By events, because iterating a stream costs as much as all the rest of a small answer. */
function readAll(message: IncomingMessage): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    message.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    message.on("error", reject);
    message.on("end", () => {
      if (message.complete) resolve(chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks));
      else reject(new Error("the answer ended early"));
    });
    message.on("close", () => {
      if (!message.readableEnded) reject(new Error("the answer ended early"));
    });
  });
}

async function decompress(body: Uint8Array, encodings: string | undefined): Promise<Uint8Array> {
  if (encodings === undefined || body.length === 0) return plain(body);
  const zlib = process.getBuiltinModule("node:zlib");
  let decoded = body;
  // Listed in the order they were applied.
  for (const encoding of encodings.toLowerCase().split(",").toReversed()) {
    const name = encoding.trim();
    const isSmall = decoded.length <= SMALL_BODY;
    if (name === "gzip" || name === "x-gzip") {
      decoded = isSmall ? zlib.gunzipSync(decoded) : await later(zlib.gunzip, decoded);
    } else if (name === "br") {
      decoded = isSmall ? zlib.brotliDecompressSync(decoded) : await later(zlib.brotliDecompress, decoded);
    } else if (name === "deflate") {
      decoded = isSmall ? zlib.inflateSync(decoded) : await later(zlib.inflate, decoded);
    } else if (name !== "identity" && name !== "") {
      throw new Error(`the answer is encoded as ${name}, which was not asked for`);
    }
  }
  return plain(decoded);
}

type Decompressor = (body: Uint8Array, done: (error: Error | null, decoded: Buffer) => void) => void;

const later = (decompressor: Decompressor, body: Uint8Array): Promise<Uint8Array> =>
  new Promise((resolve, reject) => {
    decompressor(body, (error, decoded) => (error ? reject(error) : resolve(decoded)));
  });

/** Callers get what `fetch` would give them: a plain array, not Node's kind of it. */
const plain = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Headers of an answer, without the platform's `Headers`, which is part of `fetch` and loads it. */
class NodeHeaders implements ResponseHeaders {
  readonly #headers: IncomingMessage["headers"];

  constructor({ headers }: IncomingMessage) {
    this.#headers = headers;
  }

  get(name: string): string | null {
    const value = this.#headers[name.toLowerCase()];
    return value === undefined ? null : Array.isArray(value) ? value.join(", ") : value;
  }

  has(name: string): boolean {
    return this.#headers[name.toLowerCase()] !== undefined;
  }

  *[Symbol.iterator](): Generator<[name: string, value: string], void, undefined> {
    for (const name of Object.keys(this.#headers)) yield [name, this.get(name) ?? ""];
  }
}
