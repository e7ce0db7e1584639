import { counted } from "../core/counted.ts";
import { comAtprotoRepoApplyWrites } from "../../generated/definitions/com.atproto.ts";
import type { ComAtprotoRepoApplyWrites } from "../../generated/types.ts";
import { writePoints } from "../budget/points.ts";
import type { BudgetStatus } from "../budget/client-budget.ts";
import type { BudgetPolicy, BudgetShortage } from "../core/errors/index.ts";
import { BatchError, RateLimitExceededError, SkylexError, ValidationError } from "../core/errors/index.ts";
import type { Cid } from "../core/lexicon/formats.ts";
import type { Call } from "../core/lexicon/namespace.ts";
import type { CallOptions } from "../core/call/options.ts";
import { recordCid } from "../write-reconciliation/record-cid.ts";
import type { BatchedDeletion, BatchedRecord, BatchWrite, BatchWritesConfig } from "./batch-writes.ts";
import { BatchWrites, otherRepository } from "./batch-writes.ts";
import { batchLimits } from "./limits.ts";

/** How a batch is sent. */
export interface BatchOptions extends CallOptions {
  /** All or nothing: a batch that does not fit into one request is refused. Default: it is split. `swapCommit` implies it */
  readonly atomic?: boolean | undefined;
  /** Write only if this is the newest commit of the repository; else the error is `InvalidSwap` */
  readonly swapCommit?: Cid | undefined;
}

/** What a batch gives: for each write, in their order, URI and version of the record; of deletions the URI. */
export type BatchResults<Writes extends readonly BatchWrite[]> = {
  readonly [Index in keyof Writes]: Writes[Index] extends BatchWrite<infer Result> ? Result : never;
};

export interface BatchConfig extends Omit<BatchWritesConfig, "did"> {
  readonly call: Call;
  readonly did: () => Promise<string>;
  /** The DID that a handle belongs to; `undefined` if it belongs to nobody */
  readonly didOf: (handle: string) => Promise<string | undefined>;
  /** What the account may still spend */
  readonly budget: () => Promise<BudgetStatus>;
  /** What is missing for so many write points of an endpoint; `undefined` if they fit */
  readonly shortage: (nsid: string, points: number) => Promise<BudgetShortage | undefined>;
  /** What happens when that is not enough, unless the batch says it */
  readonly policy: BudgetPolicy;
}

type WireWrite = ComAtprotoRepoApplyWrites.Input["writes"][number];

/** A write of the batch, and what it takes of a request. */
interface Part {
  readonly write: BatchWrite;
  readonly wire: WireWrite;
  readonly bytes: number;
  readonly points: number;
}

/** Sends writes in as few requests as the server and what is left to spend allow, one after the other. */
export async function batch<const Writes extends readonly BatchWrite[]>(
  config: BatchConfig,
  build: (writes: BatchWrites) => Writes,
  { atomic = false, swapCommit, ...options }: BatchOptions,
): Promise<BatchResults<Writes>> {
  const did = await config.did();
  const handles = new Map<string, string>();
  const writes = build(new BatchWrites({ ...config, did }, handles));
  for (const [handle, key] of handles)
    if ((await config.didOf(handle)) !== did) throw otherRepository("batch", key, did);
  checkKeys(writes);
  const frame = bytesOf({ repo: did, swapCommit, writes: [] });
  const parts = writes.map(partOf);
  const isWhole = atomic || swapCommit !== undefined;
  checkSize(parts, frame, isWhole);
  const asked = options.budget ?? config.policy;
  // One request is decided about where it is charged.
  const isOne = fitting(parts, frame, Infinity) >= parts.length;
  const policy = isOne ? asked : await decisionFor(parts, config, asked);
  const mustFit = policy === "throw" || typeof policy === "function";
  const stored: (BatchedRecord | BatchedDeletion)[] = [];
  while (stored.length < parts.length) {
    const left = parts.slice(stored.length);
    const room = isWhole || mustFit ? Infinity : roomFor(left, await config.budget(), policy === "send");
    let isSent = false;
    const chunk = left.slice(0, Math.max(1, fitting(left, frame, room)));
    try {
      options.signal?.throwIfAborted();
      const input = { repo: did, swapCommit, writes: chunk.map(({ wire }) => wire) };
      isSent = true;
      const { results = [] } = await config.call(comAtprotoRepoApplyWrites, input, { ...options, budget: policy });
      stored.push(...(await Promise.all(chunk.map(({ write }, index) => resultOf(write, results[index])))));
    } catch (error) {
      // An abort is the signal's own reason, whatever that is; what is stored by then must not be lost with it.
      if (stored.length === 0) throw error;
      throw interrupted(error, isSent, stored, chunk, parts.slice(stored.length + chunk.length));
    }
  }
  // Every write had its result, in its place.
  return stored as unknown as BatchResults<Writes>;
}

/** How many of the writes go into one request. */
function fitting(parts: readonly Part[], frame: number, room: number): number {
  let [bytes, points] = [frame, 0];
  const end = parts.findIndex((part, index) => {
    // A comma for all but the first
    bytes += part.bytes + Math.min(index, 1);
    points += part.points;
    return index >= batchLimits.writes || bytes > batchLimits.bytes || points > room;
  });
  return end === -1 ? parts.length : end;
}

/** Share of a budget that is waited for when there is no room: requests worth sending, and no wait for all of it */
const SHARE = 0.1;

/** Points of the next request: what is left, or where that is not enough for one write, what to wait for. */
function roomFor([next]: readonly Part[], { writes }: BudgetStatus, isForced: boolean): number {
  const cost = next?.points ?? 0;
  const most = Math.min(...writes.map(({ budget }) => budget));
  const left = Math.min(...writes.map(({ remaining }) => remaining));
  if (isForced) return Math.max(cost, most);
  return left >= cost ? left : Math.max(cost, SHARE * most);
}

/**
 * What becomes of a batch whose writes do not all fit: whoever decides does so once, for all of them, so that none is stored that
 * the others should have kept from being sent.
 */
async function decisionFor(
  parts: readonly Part[],
  { shortage }: BatchConfig,
  policy: BudgetPolicy,
): Promise<BudgetPolicy> {
  if (policy === "wait" || policy === "send") return policy;
  const cost = parts.reduce((sum, { points }) => sum + points, 0);
  const missing = await shortage(comAtprotoRepoApplyWrites.nsid, cost);
  if (missing === undefined) return policy;
  const decision = typeof policy === "function" && missing.resumeAt !== undefined ? await policy(missing) : "throw";
  if (decision !== "throw") return decision;
  const { account, window, used, budget, resumeAt } = missing;
  const all = resumeAt === undefined ? "" : ` There is room for all of it at ${resumeAt.toISOString()}.`;
  throw new RateLimitExceededError(
    `batch: it costs ${cost} write points, and ${account} has used ${used} of ${budget} in the ${window} window.${all} Write less at a time, or let what there is room for go first: { budget: "wait" } with a \`timeout\` that is long enough for each request. Nothing was sent.`,
    missing,
  );
}

const bytesOf = (value: object): number => Buffer.byteLength(JSON.stringify(value));

function partOf(write: BatchWrite): Part {
  const { action, collection, rkey, value } = write;
  const wire = { $type: `com.atproto.repo.applyWrites#${action}`, collection, rkey, value } as WireWrite;
  return { write, wire, bytes: bytesOf(wire), points: writePoints(comAtprotoRepoApplyWrites.nsid, { writes: [wire] }) };
}

function checkKeys(writes: readonly BatchWrite[]): void {
  const seen = new Set<string>();
  for (const [index, { uri }] of writes.entries()) {
    if (seen.has(uri)) {
      const message = `${uri} is written twice; a batch writes each record once`;
      throw new ValidationError(`batch: ${message}. Nothing was sent.`, {
        issues: [{ path: `writes[${index}]`, message }],
      });
    }
    seen.add(uri);
  }
}

function checkSize(parts: readonly Part[], frame: number, isWhole: boolean): void {
  const { writes, bytes } = batchLimits;
  const large = parts.findIndex((part) => frame + part.bytes > bytes);
  if (large !== -1) {
    const message = `${parts[large]?.write.uri} takes ${parts[large]?.bytes} bytes, and a request ${bytes} at most`;
    throw new ValidationError(`batch: ${message}. Nothing was sent.`, {
      issues: [{ path: `writes[${large}]`, message }],
    });
  }
  if (!isWhole || fitting(parts, frame, Infinity) >= parts.length) return;
  const message = `${counted(parts.length, "write")} ${parts.length === 1 ? "does" : "do"} not fit into one request, which takes ${writes} and ${bytes} bytes at most`;
  throw new ValidationError(
    `batch: ${message}. Leave out what asks for one, or write less at a time. Nothing was sent.`,
    {
      issues: [{ path: "writes", message }],
    },
  );
}

/** Older servers do not tell the versions, which follow from the records. */
async function resultOf(write: BatchWrite, result: object = {}): Promise<BatchedRecord | BatchedDeletion> {
  const { uri, collection, value } = write;
  if (value === undefined) return { uri };
  const { cid = await recordCid(collection, value) } = result as { readonly cid?: string };
  return { uri, cid: cid as Cid };
}

function interrupted(
  cause: unknown,
  isSent: boolean,
  stored: readonly (BatchedRecord | BatchedDeletion)[],
  chunk: readonly Part[],
  rest: readonly Part[],
): BatchError {
  const urisOf = (parts: readonly Part[]): string[] => parts.map(({ write }) => write.uri);
  const { nsid } = comAtprotoRepoApplyWrites;
  const ambiguous = isSent && (cause instanceof SkylexError ? cause.ambiguous : true);
  const outcome = ambiguous
    ? "may have been carried out or not"
    : chunk.length === 1
      ? "was not carried out"
      : "were not carried out";
  const why = cause instanceof Error ? cause.message : String(cause);
  return new BatchError(
    `batch: ${counted(stored.length, "write")} ${stored.length === 1 ? "is" : "are"} stored, the next ${chunk.length} ${outcome}, and ${rest.length} ${rest.length === 1 ? "was" : "were"} not sent. ${why}`,
    { nsid, cause, ambiguous, stored, failed: urisOf(chunk), unsent: urisOf(rest) },
  );
}
