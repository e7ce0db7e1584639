import { counted } from "../core/counted.ts";
import { decodeFirst } from "@atcute/cbor";
import { StreamError } from "../core/errors/index.ts";

/** One message of an event stream: a header and a body, both DAG-CBOR. https://atproto.com/specs/event-stream#framing */
export interface Frame {
  /** Name of the message within its lexicon, `#commit`; absent where the header has none */
  readonly type: string | undefined;
  readonly body: Record<string, unknown>;
}

const MESSAGE = 1;
const ERROR = -1;

/**
 * Reads a frame. Links and bytes in the body are still wrapped: see `plain`.
 *
 * @throws StreamError for an error frame, with the server's name for it
 * @returns a StreamError for bytes that are not a frame
 */
export function readFrame(nsid: string, bytes: Uint8Array): Frame | StreamError {
  let header: { readonly op?: unknown; readonly t?: unknown };
  let body: Record<string, unknown>;
  try {
    const [first, rest] = decodeFirst(bytes) as [typeof header, Uint8Array];
    const [second, left] = decodeFirst(rest) as [typeof body, Uint8Array];
    if (left.length > 0) throw new RangeError(`${counted(left.length, "byte")} after the body`);
    if (!isObject(first) || !isObject(second)) throw new TypeError("header or body is no map");
    [header, body] = [first, second];
  } catch (cause) {
    return unreadable(nsid, cause);
  }
  if (header.op === ERROR) throw refusal(nsid, body);
  // A kind of frame that is newer than this code: its number stands where the name of a message would.
  if (header.op !== MESSAGE) return { type: `#op${String(header.op)}`, body };
  return { type: typeof header.t === "string" ? header.t : undefined, body };
}

/** What to say of a message that is not what its kind promises. */
export const unreadable = (nsid: string, cause: unknown): StreamError =>
  new StreamError(`${nsid} sent a message that cannot be read: ${String(cause)}`, { nsid, cause, retryable: true });

const isObject = (value: unknown): boolean => typeof value === "object" && value !== null && !Array.isArray(value);

/** The server ends the stream of a consumer that falls behind; going on where it stopped is what it expects. */
const mendable = new Set(["ConsumerTooSlow"]);

function refusal(nsid: string, body: Record<string, unknown>): StreamError {
  const error = typeof body["error"] === "string" ? body["error"] : "Unknown";
  const message = typeof body["message"] === "string" ? `: ${body["message"]}` : "";
  return new StreamError(`${nsid} ended the stream with ${error}${message}`, {
    nsid,
    error,
    retryable: mendable.has(error),
  });
}
