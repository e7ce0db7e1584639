import type { ComAtprotoRepoStrongRef } from "../../../generated/types.ts";
import { isDid, isHandle, parseAtUri, withoutTrailingSlashes } from "../../core/identifiers.ts";
import type { KeyReference, PostReference, RecordRef, RecordReference, ReplyReference } from "../content.ts";
import { refuse } from "../parse/issues.ts";

export const POST = "app.bsky.feed.post";

/** Where a record is, its repository by handle or DID. */
export interface Place {
  readonly repo: string;
  readonly collection: string;
  readonly rkey: string;
}

/** What a reference says, before anything is looked up. */
export type Reference =
  | { readonly kind: "place"; readonly place: Place; readonly given?: RecordRef }
  | { readonly kind: "key"; readonly key: string }
  | {
      readonly kind: "reply";
      readonly root: ComAtprotoRepoStrongRef.Main;
      readonly parent: ComAtprotoRepoStrongRef.Main;
    };

/** Pages of the official app, and what they show. */
const pages: Readonly<Record<string, string>> = {
  post: POST,
  feed: "app.bsky.feed.generator",
  lists: "app.bsky.graph.list",
};

/** Hosts of the official app */
const hosts = new Set(["bsky.app", "www.bsky.app", "staging.bsky.app", "main.bsky.dev"]);

/**
 * Reads what a user gave for a record.
 *
 * @throws ValidationError, naming `path`, for what is none
 */
export function readReference(given: PostReference, path: string): Reference {
  if (typeof given === "string" || given instanceof URL)
    return { kind: "place", place: readPlace(String(given), path) };
  if (given === null || typeof given !== "object") return refuse(path, "is neither a URI nor a record");
  if (isReply(given)) return { kind: "reply", root: strong(given.root, path), parent: strong(given.parent, path) };
  if (isKey(given)) return { kind: "key", key: given.key };
  if (!isRef(given)) return refuse(path, "has neither uri and cid, nor key, nor root and parent");
  return { kind: "place", place: readPlace(given.uri, path), given };
}

const isReply = (given: RecordReference | ReplyReference): given is ReplyReference =>
  typeof given === "object" && "root" in given && "parent" in given;
const isKey = (given: object): given is KeyReference => "key" in given && typeof given.key === "string";
const isRef = (given: object): given is RecordRef =>
  "uri" in given && typeof given.uri === "string" && "cid" in given && typeof given.cid === "string";

const strong = ({ uri, cid }: ComAtprotoRepoStrongRef.Main, path: string): ComAtprotoRepoStrongRef.Main => {
  readPlace(uri, path);
  return { uri, cid };
};

/** @throws ValidationError */
export function readPlace(address: string, path: string): Place {
  const place = address.startsWith("at://") ? placeOfUri(address) : placeOfUrl(address);
  if (place !== undefined && (isDid(place.repo) || isHandle(place.repo))) return place;
  return refuse(
    path,
    `is ${JSON.stringify(address)}, which is no record: write at://did/app.bsky.feed.post/rkey or https://bsky.app/profile/handle/post/rkey`,
  );
}

function placeOfUri(uri: string): Place | undefined {
  const parts = parseAtUri(uri);
  if (parts?.collection === undefined || parts.rkey === undefined) return undefined;
  return { repo: parts.repo, collection: parts.collection, rkey: parts.rkey };
}

function placeOfUrl(address: string): Place | undefined {
  const url = URL.parse(address);
  if (url === null || !/^https?:$/.test(url.protocol) || !hosts.has(url.hostname)) return undefined;
  // A DID in a path may be written with %3A for its colons.
  const path = withoutTrailingSlashes(url.pathname.replaceAll(/%3a/gi, ":"));
  const [first, actor = "", page = "", rkey = "", ...more] = path.split("/").slice(1);
  if (first === "starter-pack" && page !== "" && rkey === "") {
    return { repo: actor, collection: "app.bsky.graph.starterpack", rkey: page };
  }
  const collection = pages[page];
  if (first !== "profile" || collection === undefined || rkey === "" || more.length > 0) return undefined;
  return { repo: actor, collection, rkey };
}

export const uriOf = ({ repo, collection, rkey }: Place): string => `at://${repo}/${collection}/${rkey}`;

/** The last part of a URI */
export const rkeyOf = (uri: string): string => uri.slice(uri.lastIndexOf("/") + 1);

/** Where the official app shows a post. */
export const urlOf = (repo: string, rkey: string): string => `https://bsky.app/profile/${repo}/post/${rkey}`;
