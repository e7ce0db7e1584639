import { ValidationError } from "../errors/index.ts";
import type { HeaderInput } from "../call/options.ts";

export const JSON_ENCODING = "application/json";

export const isJson = (encoding: string): boolean =>
  // Nearly always; each call asks several times.
  encoding === JSON_ENCODING || /^application\/(?:[^;]+\+)?json\b/i.test(encoding);

/** A date as it is sent; `undefined` for one that is none. */
export const isoOf = (date: Date): string | undefined =>
  Number.isNaN(date.getTime()) ? undefined : date.toISOString();

/** What must not go on: names the place, and says that nothing was sent. */
export function refuse(nsid: string, path: string, message: string): never {
  throw new ValidationError(`${nsid}: ${path} ${message}. Nothing was sent.`, { nsid, issues: [{ path, message }] });
}

function paramToString(nsid: string, path: string, value: unknown): string {
  switch (typeof value) {
    case "string":
      return value.isWellFormed() ? value : refuse(nsid, path, "has half of a surrogate pair, which a URL cannot hold");
    case "boolean":
    case "bigint":
      return String(value);
    case "number":
      return Number.isSafeInteger(value)
        ? String(value)
        : refuse(nsid, path, `is ${value}; parameters take whole numbers`);
    default:
      if (value instanceof Date) return isoOf(value) ?? refuse(nsid, path, "is an invalid date");
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
  // Nothing of these would be found, and nothing said.
  if (params !== undefined && Symbol.iterator in params) {
    refuse(nsid, "params", "must be an object with a member per parameter");
  }
  for (const [name, value] of Object.entries(params ?? {})) {
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (one === undefined || one === null) continue;
      const text = encodeURIComponent(paramToString(nsid, `params.${name}`, one));
      queryString += `${queryString ? "&" : "?"}${encodeURIComponent(name)}=${text}`;
    }
  }
  return `/xrpc/${nsid}${queryString}`;
}

/** Headers of a call, with names in lower case. `undefined` is a header that was taken away, so that nothing else sets it. */
export type RequestHeaders = Readonly<Record<string, string | undefined>>;

/** Those that are sent. */
export const sentHeaders = (headers: RequestHeaders): Record<string, string> =>
  // JSON leaves out what is undefined.
  JSON.parse(JSON.stringify(headers)) as Record<string, string>;

/** What says as whom, by way of whom or in which form a single call is made. */
const ofOneCall = /^(?:authorization|atproto-(?:proxy|accept-labelers)|content-(?:type|length|encoding))$/;

/** Of the headers of a call, those that go with calls that are made beside it to the same host: what a gateway asks for. */
export const headersBeside = (headers: RequestHeaders): RequestHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !ofOneCall.test(name)));

/** Merges header sources into one object with names in lower case; later sources win, `undefined` takes a header away. */
export function mergeHeaders(...sources: readonly (HeaderInput | undefined)[]): RequestHeaders {
  const merged: Record<string, string | undefined> = {};
  for (const source of sources) {
    if (source === undefined) continue;
    const entries =
      Symbol.iterator in source ? (source as Iterable<readonly [string, string]>) : Object.entries(source);
    for (const [name, value] of entries) {
      merged[name.toLowerCase()] = value;
    }
  }
  return merged;
}
