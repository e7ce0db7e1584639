import type { IncomingMessage } from "node:http";
import { request as requestPlain } from "node:http";
import { request as requestSecure } from "node:https";
import { isIP } from "node:net";
import { pipeline, Readable } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { MediaError } from "../../core/errors/index.ts";
import { version } from "../../version.ts";
import { isPublicAddress, lookupPublic, PrivateAddress } from "../../core/http/public-addresses.ts";
import { limits } from "../limits.ts";

/** How something is fetched from an address that somebody else may have chosen. */
export interface FetchPublicOptions {
  /** Bytes of the decoded body; what is longer is refused, or cut with `cut`. Default 100,000,000 */
  readonly maxBytes?: number | undefined;
  /** Read the first `maxBytes` of what is longer. Default false */
  readonly cut?: boolean | undefined;
  /** Milliseconds until the last byte. Default 60,000 */
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Loopback, private and other special addresses too. Default false */
  readonly allowPrivateAddresses?: boolean | undefined;
  /** Names in lower case */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export interface PublicAnswer {
  /** After redirects */
  readonly url: URL;
  /** `Content-Type`, without parameters, in lower case */
  readonly type: string | undefined;
  /** Whole `Content-Type` header */
  readonly contentType: string | undefined;
  /** Bytes, if the server says */
  readonly size: number | undefined;
  /** Decoded. It ends with a `MediaError` when it is too long, torn or late. To be read or destroyed */
  readonly body: Readable;
}

/** A URL as messages and logs may show it: without what may be secret. */
export const urlName = (url: URL): string => `${url.origin}${url.pathname}`;

/**
 * Opens an http(s) URL for reading. The addresses a name stands for are checked when the connection is made, at every redirect
 * too, so that no server can lead into the network that skylex runs in.
 *
 * @throws MediaError when it cannot be had: address, status, redirects, size or time
 */
export async function openPublic(address: string | URL, options: FetchPublicOptions = {}): Promise<PublicAnswer> {
  const { maxBytes = limits.download, cut = false, timeout = limits.downloadTimeout } = options;
  options.signal?.throwIfAborted();
  const deadline = AbortSignal.timeout(timeout);
  const signal = options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline]);
  let url = parse(address);
  const name = urlName(url);
  const refuse = (message: string, cause?: unknown): MediaError =>
    new MediaError(`${name} ${message}. Nothing was sent.`, { media: name, cause });
  const explain = (cause: unknown): unknown => {
    if (options.signal?.aborted) return options.signal.reason;
    if (cause instanceof MediaError) return cause;
    if (cause instanceof PrivateAddress) return refuse(PRIVATE, cause);
    if (deadline.aborted) return refuse(`gave no whole answer within ${timeout} ms`, cause);
    return refuse(`cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  };
  try {
    for (let redirects = 0; ; redirects++) {
      const message = await send(url, options, signal, refuse);
      const { statusCode: status = 0, headers } = message;
      if (status >= 300 && status < 400 && headers.location !== undefined) {
        message.destroy();
        if (redirects === limits.redirects) throw refuse(`leads through more than ${limits.redirects} redirects`);
        url = parse(utf8(headers.location), url);
        continue;
      }
      if (status !== 200) {
        message.destroy();
        throw refuse(`answers with status ${status}`);
      }
      const size = sizeOf(message);
      if (size !== undefined && size > maxBytes && !cut) {
        message.destroy();
        throw refuse(`has ${size} bytes; at most ${maxBytes} are read`);
      }
      const contentType = headers["content-type"];
      const type = contentType?.split(";")[0]?.trim().toLowerCase() || undefined;
      return { url, type, contentType, size, body: bounded(message, { maxBytes, cut }, refuse, explain) };
    }
  } catch (error) {
    throw explain(error);
  }
}

/** The same, read to its end. */
export async function fetchPublic(
  address: string | URL,
  options: FetchPublicOptions = {},
): Promise<PublicAnswer & { readonly bytes: Uint8Array }> {
  const answer = await openPublic(address, options);
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.body) chunks.push(chunk as Uint8Array);
  return { ...answer, bytes: Buffer.concat(chunks) };
}

/** Node reads headers as Latin 1; addresses in them are bytes of UTF-8, as browsers take them. */
function utf8(header: string): string {
  const decoded = Buffer.from(header, "latin1").toString();
  return decoded.includes("\uFFFD") ? header : decoded;
}

type Refuse = (message: string, cause?: unknown) => MediaError;

function parse(address: string | URL, base?: URL): URL {
  const url = URL.parse(String(address), base?.href);
  if (url?.protocol === "http:" || url?.protocol === "https:") return url;
  const name = url === null ? String(address) : urlName(url);
  throw new MediaError(`${name} is no http or https URL. Nothing was sent.`, { media: name });
}

const PRIVATE = "is at an address that is not public; allowPrivateAddresses lets it be read";

function send(
  url: URL,
  { headers, allowPrivateAddresses }: FetchPublicOptions,
  signal: AbortSignal,
  refuse: Refuse,
): Promise<IncomingMessage> {
  // A URL writes IPv6 addresses in brackets, a socket does not. An address is connected to without being looked up.
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  if (!allowPrivateAddresses && isIP(hostname) !== 0 && !isPublicAddress(hostname)) throw refuse(PRIVATE);
  const request = url.protocol === "https:" ? requestSecure : requestPlain;
  return new Promise((resolve, reject) => {
    request(
      {
        hostname,
        port: url.port,
        path: url.pathname + url.search,
        headers: { "user-agent": `skylex/${version}`, "accept-encoding": "gzip, deflate, br", ...headers },
        signal,
        // Its own connection: a kept one may lead to an address that nobody checked.
        agent: false,
        ...(!allowPrivateAddresses && { lookup: lookupPublic }),
      },
      resolve,
    )
      .on("error", reject)
      .end();
  });
}

/** Of the decoded body: a compressed one has a length that says nothing. */
function sizeOf({ headers }: IncomingMessage): number | undefined {
  const length = (headers["content-encoding"] ?? "") === "" ? Number(headers["content-length"]) : Number.NaN;
  return Number.isSafeInteger(length) ? length : undefined;
}

const decoders = { gzip: createGunzip, "x-gzip": createGunzip, deflate: createInflate, br: createBrotliDecompress };

function bounded(
  message: IncomingMessage,
  { maxBytes, cut }: { readonly maxBytes: number; readonly cut: boolean },
  refuse: Refuse,
  explain: (cause: unknown) => unknown,
): Readable {
  const encoding = message.headers["content-encoding"]?.trim().toLowerCase() || "identity";
  if (encoding !== "identity" && !Object.hasOwn(decoders, encoding)) {
    message.destroy();
    throw refuse(`is encoded as ${encoding}, which was not asked for`);
  }
  const decoder = encoding === "identity" ? undefined : decoders[encoding as keyof typeof decoders]();
  // Its errors come out of the decoder.
  const chunks: Readable = decoder === undefined ? message : pipeline(message, decoder, () => {});
  return Readable.from(
    (async function* () {
      let read = 0;
      try {
        for await (const chunk of chunks as AsyncIterable<Buffer>) {
          read += chunk.length;
          if (read > maxBytes && cut) {
            yield chunk.subarray(0, chunk.length - (read - maxBytes));
            return;
          }
          if (read > maxBytes) throw refuse(`has more than ${maxBytes} bytes, the most that are read`);
          yield chunk;
        }
        if (!message.complete) throw new Error("the answer ended early");
      } catch (error) {
        throw explain(error);
      } finally {
        message.destroy();
      }
    })(),
    { objectMode: false },
  );
}
