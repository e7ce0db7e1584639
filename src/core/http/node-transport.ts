import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import type { LookupFunction } from "node:net";
import type { Readable } from "node:stream";
import type { ResponseHeaders, Transport, TransportResponse, TransportRequest } from "./transport.ts";
import { BodyTooLarge, ByteSource, contentLength, isStream } from "./transport.ts";

/**
 * Carries requests by Node's own HTTP client, for a third of the CPU that `fetch` takes for a small answer. Built-in modules are
 * asked of the process when the first request is made: importing them would load `fetch` as well.
 */
export const nodeTransport: Transport = async (request) => {
  let url = new URL(request.url);
  let headers = request.headers;
  for (let redirects = 0; ; redirects++) {
    const lookup = request.isForeign ? await lookupFor(url) : undefined;
    const { message, outgoing } = await exchangeMessages(url, headers, request, lookup);
    const status = message.statusCode ?? 0;
    const location = message.headers.location;
    if (request.method !== "GET" || !isRedirect(status) || location === undefined) {
      try {
        return await receive(message, url.href, request.maxBytes);
      } finally {
        // A server may answer before it has read all, and read no more.
        if (!outgoing.writableFinished) outgoing.destroy();
      }
    }
    // Nobody needs its body, which may never end.
    message.destroy();
    if (redirects === MAX_REDIRECTS) throw new Error(`more than ${MAX_REDIRECTS} redirects`);
    const target = new URL(location, url);
    if (target.origin !== url.origin) {
      if (request.isForeign) throw new ForeignRedirect(url, target);
      headers = withoutToken(headers);
    }
    url = target;
  }
};

/** Whether this platform has Node's HTTP client. */
export const hasNodeTransport = (): boolean => typeof process !== "undefined" && "getBuiltinModule" in process;

const MAX_REDIRECTS = 5;
/** Milliseconds an idle connection is kept when the server does not say; most servers close theirs after five seconds or more */
const IDLE_TIMEOUT = 4_000;
/** Compressed bytes up to which decompressing at once is cheaper than handing it to a thread, and what may become of them then */
const SMALL_BODY = 131_072;
const SMALL_RESULT = 1_048_576;
/** Connections to one server at a time; further requests wait for one of them. What browsers allow themselves is 6, over HTTP/1.1 */
const MAX_CONNECTIONS = 64;

const isRedirect = (status: number): boolean => [301, 302, 303, 307, 308].includes(status);

/** A server that somebody else named led to another origin. It was not followed. */
class ForeignRedirect extends Error {
  readonly code = "ERR_FOREIGN_REDIRECT";

  constructor(from: URL, to: URL) {
    super(`${from.origin} redirects to ${to.origin}, which is not followed`);
  }
}

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
function protocolOf(name: string, lookup: LookupFunction | undefined): Protocol {
  // What is connected to for a server that somebody else named is checked, and shared with such calls alone.
  const key = lookup === undefined ? name : `${name} public`;
  let protocol = protocols.get(key);
  if (protocol === undefined) {
    const module = name === "https:" ? process.getBuiltinModule("node:https") : process.getBuiltinModule("node:http");
    const agent = new module.Agent({
      keepAlive: true,
      timeout: IDLE_TIMEOUT,
      scheduling: "lifo",
      maxSockets: MAX_CONNECTIONS,
      ...(lookup !== undefined && { lookup }),
      // As Node's own clients: https://nodejs.org/api/http.html#built-in-proxy-support
      ...(process.env["NODE_USE_ENV_PROXY"] === "1" && { proxyEnv: process.env }),
    });
    // Looked up for each request, so that what instruments the module is seen.
    protocol = { request: (options, listener) => module.request(options, listener), agent };
    protocols.set(key, protocol);
  }
  return protocol;
}

function exchangeMessages(
  url: URL,
  headers: Readonly<Record<string, string>>,
  { method, body, cancellation, onSending }: TransportRequest,
  lookup: LookupFunction | undefined,
): Promise<{ readonly message: IncomingMessage; readonly outgoing: ClientRequest }> {
  return new Promise((resolve, reject) => {
    // Before the request is begun: a stream that somebody reads already fails here, with nothing left open.
    const source = sourceOf(body);
    const { request, agent } = protocolOf(url.protocol, lookup);
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
      (message) => resolve({ message, outgoing }),
    );
    outgoing.on("error", reject);
    outgoing.on("upgrade", (message, socket) => {
      socket.destroy();
      reject(new Error(`the server answered ${message.statusCode} and began another protocol`));
    });
    outgoing.on("close", () => reject(new Error("the connection was closed without an answer")));
    if (onSending !== undefined) whenConnected(outgoing, url.protocol, onSending);
    cancellation.listen(() => void outgoing.destroy(new Error("cancelled")));
    if (source === undefined) outgoing.end(body);
    else {
      source.on("error", (error) => outgoing.destroy(error)).pipe(outgoing);
      // A request that ends early leaves its source half read, which nobody else would close.
      outgoing.once("close", () => source.destroy());
    }
  });
}

/**
 * How the name of a server that somebody else named is looked up: public addresses only, when the connection is made.
 * Behind a proxy it is the proxy that looks names up, and its own address may well be private.
 */
async function lookupFor({ hostname }: URL): Promise<LookupFunction | undefined> {
  const { isPrivateHost, lookupPublic, PrivateAddress } = await import("./public-addresses.ts");
  if (isPrivateHost(hostname)) throw new PrivateAddress(hostname);
  return process.env["NODE_USE_ENV_PROXY"] === "1" ? undefined : lookupPublic;
}

/** Nothing leaves before there is a connection, nor before the certificate of the other side was looked at. */
function whenConnected(outgoing: ClientRequest, protocol: string, connected: () => void): void {
  outgoing.once("socket", (socket) => {
    if (outgoing.reusedSocket || (protocol === "http:" && !socket.connecting)) connected();
    else socket.once(protocol === "https:" ? "secureConnect" : "connect", connected);
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

async function receive(message: IncomingMessage, url: string, maxBytes: number): Promise<TransportResponse> {
  const raw = await readAll(message, maxBytes);
  const body = await decompress(raw, message.headers["content-encoding"], maxBytes);
  return { status: message.statusCode ?? 0, headers: new NodeHeaders(message), url, body };
}

/** By events, because iterating a stream costs as much as all the rest of a small answer. */
function readAll(message: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let length = 0;
    message.on("data", (chunk: Uint8Array) => {
      length += chunk.length;
      if (length <= maxBytes) return void chunks.push(chunk);
      reject(new BodyTooLarge(maxBytes));
      message.destroy();
    });
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

async function decompress(body: Uint8Array, encodings: string | undefined, maxBytes: number): Promise<Uint8Array> {
  if (encodings === undefined || body.length === 0) return plain(body);
  let decoded = body;
  // Listed in the order they were applied.
  for (const encoding of encodings
    .toLowerCase()
    .split(",", MOST_ENCODINGS + 1)
    .toReversed()) {
    const name = encoding.trim();
    if (name === "identity" || name === "") continue;
    const decompressors = decompressorsOf(name);
    if (decompressors === undefined) throw new Error(`the answer is encoded as ${name}, which was not asked for`);
    decoded = await decompressed(decoded, decompressors, maxBytes);
  }
  return plain(decoded);
}

/** Encodings of one body; each could be a bomb within the one before. */
const MOST_ENCODINGS = 2;

interface Decompressors {
  readonly now: (body: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array;
  readonly later: (
    body: Uint8Array,
    options: { readonly maxOutputLength: number },
    done: (error: Error | null, decoded: Uint8Array) => void,
  ) => void;
}

function decompressorsOf(encoding: string): Decompressors | undefined {
  const zlib = process.getBuiltinModule("node:zlib");
  if (encoding === "gzip" || encoding === "x-gzip") return { now: zlib.gunzipSync, later: zlib.gunzip };
  if (encoding === "br") return { now: zlib.brotliDecompressSync, later: zlib.brotliDecompress };
  if (encoding !== "deflate") return undefined;
  return { now: zlib.inflateSync, later: (body, options, done) => inflate(zlib, body, options, done) };
}

type Zlib = ReturnType<typeof process.getBuiltinModule<"node:zlib">>;

/** Some servers send it without the header that it should have: https://www.rfc-editor.org/rfc/rfc9110#name-deflate-coding */
function inflate(
  zlib: Zlib,
  body: Uint8Array,
  options: { readonly maxOutputLength: number },
  done: (error: Error | null, decoded: Uint8Array) => void,
): void {
  zlib.inflate(body, options, (error, decoded) => {
    if (error !== null && "code" in error && error.code === "Z_DATA_ERROR") zlib.inflateRaw(body, options, done);
    else done(error, decoded);
  });
}

/** Small bodies that become small are decompressed at once, all others beside the program, and none beyond the limit. */
async function decompressed(body: Uint8Array, { now, later }: Decompressors, maxBytes: number): Promise<Uint8Array> {
  if (body.length <= SMALL_BODY) {
    try {
      return now(body, { maxOutputLength: Math.min(SMALL_RESULT, maxBytes) });
    } catch {
      // Too large for that, or broken: the other way tells which.
    }
  }
  return new Promise((resolve, reject) => {
    later(body, { maxOutputLength: Math.min(maxBytes, LARGEST_BUFFER) }, (error, decoded) => {
      if (error === null) resolve(decoded);
      else reject("code" in error && error.code === "ERR_BUFFER_TOO_LARGE" ? new BodyTooLarge(maxBytes) : error);
    });
  });
}

/** Bytes that an array can have on every platform that Node runs on */
const LARGEST_BUFFER = 2 ** 31 - 1;

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
