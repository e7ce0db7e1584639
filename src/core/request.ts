import { dateToString, encodeJson, toJson } from "./data-model.ts";
import type { Endpoint } from "./definition.ts";
import { ValidationError } from "./errors.ts";
import { sniffMediaType } from "./media-type.ts";
import type { HeaderInput } from "./options.ts";
import type { ByteSource, Content } from "./transport.ts";
import { contentLength, isStream } from "./transport.ts";

/** What can be sent as a binary body. Streams can be sent only once, so calls that carry one are never repeated. */
export type BinaryInput = Uint8Array | ArrayBuffer | Blob | ByteSource | ReadableStream<Uint8Array>;

/** A request body in its wire form. */
export interface Body {
  readonly content: Content;
  readonly encoding: string;
  /** It can be sent again. */
  readonly replayable: boolean;
}

const JSON_ENCODING = "application/json";

export const isJson = (encoding: string): boolean =>
  // Nearly always; each call asks several times.
  encoding === JSON_ENCODING || /^application\/(?:[^;]+\+)?json\b/i.test(encoding);

/** Parameters that must not go on: names the place, and says that nothing was sent. */
function refuse(nsid: string, path: string, message: string): never {
  throw new ValidationError(`${nsid}: ${path} ${message}. Nothing was sent.`, { nsid, issues: [{ path, message }] });
}

function paramToString(nsid: string, path: string, value: unknown): string {
  switch (typeof value) {
    case "string":
      return value;
    case "boolean":
    case "bigint":
      return String(value);
    case "number":
      return Number.isSafeInteger(value)
        ? String(value)
        : refuse(nsid, path, `is ${value}; parameters take whole numbers`);
    default:
      if (value instanceof Date) return dateToString(value, path);
      return refuse(nsid, path, "must be a string, a whole number, a boolean, a Date or an array of these");
  }
}

/**
 * Writes path and query of a call. `undefined` and `null` are left out, arrays repeat their name, booleans are `true` and
 * `false`: https://atproto.com/specs/xrpc#lexicon-http-endpoints
 *
 * @throws ValidationError for values that have no form in a URL
 */
export function encodePath(nsid: string, params: object | undefined): string {
  let queryString = "";
  for (const [name, value] of Object.entries(params ?? {})) {
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (one === undefined || one === null) continue;
      const text = encodeURIComponent(paramToString(nsid, `params.${name}`, one));
      queryString += `${queryString ? "&" : "?"}${encodeURIComponent(name)}=${text}`;
    }
  }
  return `/xrpc/${nsid}${queryString}`;
}

// By tag, because naming the classes of the web platform makes Node load them, also for calls that carry JSON.
const binaryTags = new Set(
  ["Uint8Array", "ArrayBuffer", "Blob", "File", "ByteSource", "ReadableStream"].map((tag) => `[object ${tag}]`),
);
const tagOf = (value: unknown): string => Object.prototype.toString.call(value);

const isBinary = (input: unknown): input is BinaryInput => binaryTags.has(tagOf(input));

function binaryBody(input: BinaryInput, encoding: string | undefined, declared: string | undefined): Body {
  const content = input instanceof ArrayBuffer ? new Uint8Array(input) : input;
  const sniffed = content instanceof Uint8Array ? sniffMediaType(content) : undefined;
  const own = "type" in content && content.type ? content.type : undefined;
  const fallback = declared && !declared.includes("*") && !isJson(declared) ? declared : "application/octet-stream";
  // The caller may use the buffer again while the call waits for a retry.
  const kept = content instanceof Uint8Array ? content.slice() : content;
  return { content: kept, encoding: encoding ?? own ?? sniffed ?? fallback, replayable: !isStream(content) };
}

/**
 * Writes the body of a call: JSON, or bytes as they are. A procedure that declares a JSON body and is given none sends `{}`.
 *
 * @throws ValidationError for input that the endpoint does not take or JSON cannot hold
 */
export function encodeBody(definition: Endpoint, input: unknown, encoding: string | undefined): Body | undefined {
  const { nsid, kind } = definition;
  if (kind === "query") {
    return input === undefined ? undefined : refuse(nsid, "input", "was given, but a query has no body; use params");
  }
  const declared = definition.input;
  if (isBinary(input)) {
    if (declared !== undefined && isJson(declared)) refuse(nsid, "input", "is binary, but this endpoint takes JSON");
    return binaryBody(input, encoding, declared);
  }
  if (input === undefined) {
    if (declared === undefined) return undefined;
    if (!isJson(declared)) return refuse(nsid, "input", `is missing; this endpoint takes ${declared}`);
    return { content: "{}", encoding: JSON_ENCODING, replayable: true };
  }
  if (typeof input === "string" && encoding !== undefined) return { content: input, encoding, replayable: true };
  if (declared !== undefined && !isJson(declared) && encoding === undefined) {
    refuse(nsid, "input", `must be bytes, a Blob or a stream; this endpoint takes ${declared}`);
  }
  return { content: encodeJson(input, "input"), encoding: encoding ?? JSON_ENCODING, replayable: true };
}

/** What a call sends: `path` with its query, and the body. */
export interface WireForm {
  readonly path: string;
  readonly body: Body | undefined;
}

/**
 * Writes a call down. Every attempt sends the same, whatever becomes of what was given.
 *
 * @throws ValidationError for what has no wire form
 */
export function wireForm(
  definition: Endpoint,
  params: object | undefined,
  input: unknown,
  encoding: string | undefined,
): WireForm {
  const { nsid } = definition;
  return naming(nsid, () => ({ path: encodePath(nsid, params), body: encodeBody(definition, input, encoding) }));
}

/** Says of a refusal which call is refused. */
function naming<Value>(nsid: string, write: () => Value): Value {
  try {
    return write();
  } catch (error) {
    if (!(error instanceof ValidationError) || error.nsid !== undefined) throw error;
    throw new ValidationError(`${nsid}: ${error.message}`, { nsid, issues: error.issues });
  }
}

/** What a call was given. */
interface Given {
  readonly definition: Endpoint;
  readonly params: object | undefined;
  readonly input: unknown;
}

/**
 * The same call with copies of what it was given, JSON in its wire form, so that nothing its owner does to it afterwards
 * reaches the server. Blobs and streams stay what they are.
 *
 * @throws ValidationError for input that JSON cannot hold
 */
export function frozen<Request extends Given>(request: Request): Request {
  return { ...request, params: copyOfParams(request.params), input: copyOfInput(request) };
}

function copyOfParams(params: object | undefined): object | undefined {
  if (params === undefined) return undefined;
  const copy = (value: unknown): unknown =>
    value instanceof Date ? new Date(value) : Array.isArray(value) ? value.map(copy) : value;
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, copy(value)]));
}

function copyOfInput({ definition: { nsid }, input }: Given): unknown {
  if (isBinary(input)) return "slice" in input && !("stream" in input) ? input.slice() : input;
  return naming(nsid, () => toJson(input, "input"));
}

/** Bytes of a body, 0 for none; `undefined` for streams, whose length nobody knows. */
export const bodyLength = (body: Body | undefined): number | undefined =>
  body === undefined ? 0 : contentLength(body.content);

/** Merges header sources into one object with names in lower case; later sources win, `undefined` removes. */
export function mergeHeaders(...sources: readonly (HeaderInput | undefined)[]): Record<string, string> {
  const merged: Record<string, string> = {};
  for (const source of sources) {
    if (source === undefined) continue;
    const entries =
      Symbol.iterator in source ? (source as Iterable<readonly [string, string]>) : Object.entries(source);
    for (const [name, value] of entries) {
      if (value === undefined) delete merged[name.toLowerCase()];
      else merged[name.toLowerCase()] = value;
    }
  }
  return merged;
}
