import { fromUint8Array } from "@atcute/car";
import { BytesWrapper, CidLinkWrapper, decode } from "@atcute/cbor";
import type { CommitEvent, RepoOp } from "../core/streams/stream-events.ts";
import { plain, plainLink } from "./plain.ts";

export type AnyRecords = Readonly<Record<string, unknown>>;

/** How commits are read. */
export interface CommitReading {
  /** Whether changes of a collection are wanted; all are where it is absent */
  readonly wants: ((collection: string) => boolean) | undefined;
  /** Check every record that is decoded against its CID */
  readonly verify: boolean;
}

interface RawOp {
  readonly action: string;
  readonly path: string;
  readonly cid: CidLinkWrapper | null;
  readonly prev?: CidLinkWrapper;
}

/** `ops` of a commit: com.atproto.sync.subscribeRepos#commit */
const MOST_OPS = 200;

/** A change whose record is to be found among the blocks. */
interface Wanted {
  readonly cid: CidLinkWrapper;
  block: Uint8Array | undefined;
}

/** SHA-256 digests begin after version, codec, hash type and length: https://atproto.com/specs/data-model#link-and-cid-formats */
const DIGEST = 4;
const CID_LENGTH = 36;

/**
 * Reads the body of a commit message; `undefined` if it changes nothing that is wanted. Records that are not wanted are never decoded.
 * Throws what it meets for a body of another shape.
 */
export function readCommit(
  body: Record<string, unknown>,
  { wants, verify }: CommitReading,
): CommitEvent<AnyRecords> | undefined {
  const raw = (body["ops"] ?? []) as readonly RawOp[];
  if (!Array.isArray(raw) || !raw.every((op) => typeof op?.path === "string"))
    throw new TypeError("the ops of a commit are not a list of changes with a path");
  if (raw.length > MOST_OPS) throw new RangeError(`the commit has ${raw.length} changes, and ${MOST_OPS} are allowed`);
  const kept = wants === undefined ? raw : raw.filter(({ path }) => wants(collectionOf(path)));
  if (wants !== undefined && kept.length === 0) return undefined;
  const blocks = body["blocks"] instanceof BytesWrapper ? body["blocks"].buf : new Uint8Array();
  const found = findBlocks(blocks, kept);
  const repo = String(body["repo"]);
  const ops = kept.map((op, index) => readOp(repo, op, found, index, verify));
  const event: Record<string, unknown> = { $type: "com.atproto.sync.subscribeRepos#commit" };
  for (const name in body) if (name !== "ops" && name !== "blocks") event[name] = plain(body[name]);
  event["ops"] = ops;
  event["blocks"] = blocks;
  return event as unknown as CommitEvent<AnyRecords>;
}

/** A path without a slash has no collection. */
const collectionOf = (path: string): string => path.slice(0, Math.max(0, path.indexOf("/")));

function readOp(
  repo: string,
  { action, path, cid, prev }: RawOp,
  found: Found,
  index: number,
  verify: boolean,
): RepoOp<AnyRecords> {
  const collection = collectionOf(path);
  const rkey = path.includes("/") ? path.slice(collection.length + 1) : path;
  const place = { collection, rkey, path, uri: `at://${repo}/${path}` };
  const before = prev instanceof CidLinkWrapper ? { prev: plainLink(prev) } : undefined;
  if (action === "delete") return { action, ...place, cid: null, ...before };
  const after = cid instanceof CidLinkWrapper ? plainLink(cid) : null;
  const unreadable = (reason: string): RepoOp<AnyRecords> => ({
    action: "unreadable",
    ...place,
    intended: action,
    cid: after,
    reason,
  });
  if (action !== "create" && action !== "update") return unreadable("is a kind of change that is not known");
  if (after === null || cid === null) return unreadable("names no record");
  const block = found.wanted[index]?.block;
  if (block === undefined) return unreadable(found.problem ?? "is not among the blocks of its commit");
  if (verify && !isHashOf(cid.bytes, block)) return unreadable("does not match its CID");
  try {
    return { action, ...place, cid: after, ...before, record: plain(decode(block)) };
  } catch (error) {
    return unreadable(`is not DAG-CBOR: ${String(error)}`);
  }
}

interface Found {
  /** By the index of the change; undefined where none is wanted */
  readonly wanted: readonly (Wanted | undefined)[];
  readonly problem: string | undefined;
}

/** Finds the blocks of the records among the hundreds of a commit, most of which are of the tree above them. */
function findBlocks(car: Uint8Array, ops: readonly RawOp[]): Found {
  const wanted = ops.map(({ action, cid }) =>
    action !== "delete" && cid instanceof CidLinkWrapper ? { cid, block: undefined } : undefined,
  ) as (Wanted | undefined)[];
  const byDigest = new Map<number, Wanted[]>();
  let missing = 0;
  for (const one of wanted) {
    if (one === undefined) continue;
    missing++;
    const key = digestKey(one.cid.bytes);
    const others = byDigest.get(key);
    if (others === undefined) byDigest.set(key, [one]);
    else others.push(one);
  }
  if (missing === 0) return { wanted, problem: undefined };
  try {
    for (const { cid, bytes } of fromUint8Array(car)) {
      for (const one of byDigest.get(digestKey(cid.bytes)) ?? []) {
        if (one.block !== undefined || !isSame(one.cid.bytes, cid.bytes)) continue;
        one.block = bytes;
        missing--;
      }
      if (missing === 0) break;
    }
  } catch (error) {
    return { wanted, problem: `is in blocks that cannot be read: ${String(error)}` };
  }
  return { wanted, problem: undefined };
}

/** The first 48 bits of the digest: few enough for a number, too many to meet by chance often. */
function digestKey(cid: Uint8Array): number {
  let key = 0;
  for (let at = DIGEST; at < DIGEST + 6; at++) key = key * 256 + (cid[at] ?? 0);
  return key;
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  for (let at = 0; at < CID_LENGTH; at++) if (one[at] !== other[at]) return false;
  return one.length === other.length;
}

function isHashOf(cid: Uint8Array, block: Uint8Array): boolean {
  const digest = process.getBuiltinModule("node:crypto").hash("sha256", block, "buffer");
  return digest.equals(cid.subarray(DIGEST));
}
