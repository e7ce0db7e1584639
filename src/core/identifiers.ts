import { ValidationError } from "./errors/index.ts";

// https://atproto.com/specs/nsid: labels of a reversed domain, then a name; 317 characters at most
const nsidPattern =
  /^[a-zA-Z](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)+\.[a-zA-Z][a-zA-Z0-9]{0,62}$/;

/** Reads the NSID of an endpoint, with or without `xrpc/` before it; `undefined` when it is none. */
export function parseNsid(endpoint: string): string | undefined {
  const nsid = endpoint.replace(/^\/?xrpc\//, "");
  return nsid.length <= 317 && nsidPattern.test(nsid) ? nsid : undefined;
}

/**
 * Reads the URL of a service and gives its origin, scheme and port kept.
 *
 * @throws ValidationError when it is not an http or https URL
 */
export function parseService(service: string | URL, path = "service"): string {
  const url = typeof service === "string" ? URL.parse(service) : service;
  if (url?.protocol !== "https:" && url?.protocol !== "http:") {
    throw new ValidationError(`${path} must be a URL such as "https://bsky.social", not ${JSON.stringify(service)}.`, {
      issues: [{ path, message: "not an http or https URL" }],
    });
  }
  return url.origin;
}

/** The parts of an at:// URI. */
export interface AtUriParts {
  /** Handle or DID */
  readonly repo: string;
  readonly collection: string | undefined;
  readonly rkey: string | undefined;
}

/** Reads an at:// URI of a repository, collection or record; `undefined` when it is none. https://atproto.com/specs/at-uri-scheme */
export function parseAtUri(uri: string): AtUriParts | undefined {
  const match = /^at:\/\/([^/?#\s]+)(?:\/([^/?#\s]+)(?:\/([^/?#\s]+))?)?$/.exec(uri);
  if (match === null) return undefined;
  const [, repo = "", collection, rkey] = match;
  if (!isDid(repo) && !isHandle(repo)) return undefined;
  if (rkey !== undefined && !isRecordKey(rkey)) return undefined;
  return collection === undefined || parseNsid(collection) === collection ? { repo, collection, rkey } : undefined;
}

// https://atproto.com/specs/did: a method in lower case, then anything but the characters of URLs
const did = "did:[a-z]+:[a-zA-Z0-9._:%-]*[a-zA-Z0-9._-]";
const didPattern = new RegExp(`^${did}$`);
const serviceRefPattern = new RegExp(`^${did}#[a-zA-Z0-9._:-]+$`);

export const isDid = (text: string): boolean => text.length <= 2048 && didPattern.test(text);

/** A service of a DID document, `did:web:api.bsky.chat#bsky_chat`, as `atproto-proxy` and tokens name it. */
export const isServiceRef = (text: string): boolean => text.length <= 2048 && serviceRefPattern.test(text);

/** https://atproto.com/specs/handle */
const handleSyntax = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;

export const isHandle = (text: string): boolean => text.length <= 253 && handleSyntax.test(text);

/** Whether a post can link there: http or https with a host, as the lexicon's format `uri` wants it. */
export const isWebAddress = (uri: string): boolean => /^https?:\/\/[^\s/]\S*$/i.test(uri) && URL.canParse(uri);

/** Spaces, and characters that are not seen: bsky.app puts U+202A and U+202C around handles, and they come along when one is copied. */
const unseen = /[\p{Cf}\s]/u;

/** A text without what is not seen around it; a pattern would try each character of its end as the first. */
function trimUnseen(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && unseen.test(text.charAt(start))) start++;
  while (start < end && unseen.test(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

/** A name as somebody typed or copied it, without a leading `@` and what is not seen around it. */
export const bareName = (name: string): string => trimUnseen(trimUnseen(name).replace(/^@/, ""));

/** A secret without the newline at its end that files of secrets and pipes have. */
export function withoutNewline(secret: string): string {
  let end = secret.length;
  while (secret[end - 1] === "\n" || secret[end - 1] === "\r") end--;
  return secret.slice(0, end);
}
/** https://atproto.com/specs/record-key */
const isRecordKey = (text: string): boolean => /^[\w.:~-]{1,512}$/.test(text) && text !== "." && text !== "..";

/** How an account is asked for: handles and e-mail addresses in lower case and without a leading `@`, DIDs as they are. */
export function plainName(name: string): string {
  const bare = bareName(name);
  return bare.startsWith("did:") ? bare : bare.toLowerCase();
}

/** Among plain names, whose `@` in front is gone. */
export const isEmail = (name: string): boolean => name.includes("@");

/** A path without slashes at its end; a pattern would try each of them as the first. */
export function withoutTrailingSlashes(path: string): string {
  let end = path.length;
  while (path[end - 1] === "/") end--;
  return path.slice(0, end);
}
