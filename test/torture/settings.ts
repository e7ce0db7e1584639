/** What a worker is told, as JSON in its environment. */
export interface WorkerSettings {
  /** Which of the workers it is, over all its lives */
  readonly slot: number;
  /** How often it was started before */
  readonly life: number;
  readonly seed: number;
  /** Where its journal, its readers' lists and its memory are written */
  readonly folder: string;
  readonly database: string;
  readonly service: string;
  readonly plcDirectory: string;
  readonly accounts: readonly WorkerAccount[];
  /** What each worker of the database writes in order, and all of them read on */
  readonly lanes: readonly Lane[];
  /** Things to do in all lives together */
  readonly operations: number;
  readonly leaseMs: number;
  readonly picture: string;
}

export interface WorkerAccount {
  readonly did: string;
  readonly handle: string;
  readonly password: string;
}

/** A collection that one worker alone writes, one record after the other: only so a list promises that new items are at its end. */
export interface Lane {
  readonly slot: number;
  readonly did: string;
  readonly handle: string;
  readonly collection: string;
}

/** Milliseconds that workers wait for an answer */
export const ATTEMPT_MS = 10_000;

/** What is not in a lane: records that any worker may write at any time. */
export const THING = "com.example.torture.thing";
export const POST = "app.bsky.feed.post";
export const LIST = "app.bsky.graph.list";
/** One record of each account, in which every worker notes what it has done */
export const TALLY = "com.example.torture.tally";
export const TALLY_KEY = "self";

/** Written when nothing more will be: the stream is read up to it */
export const END = "com.example.torture.end";

/** Accounts of a database whose posts are one worker's alone. */
export const LANES = 4;

/** Name in requests by which the proxy tells lives of workers apart. */
export const agentOf = (slot: number, life: number): string => `torture/${slot}.${life}`;

export const journalOf = (slot: number): string => `worker-${slot}.journal`;
export const deliveredOf = (slot: number, lane: number, order: string): string =>
  `worker-${slot}-${lane}-${order}.items`;
export const streamedOf = (slot: number): string => `worker-${slot}-stream.items`;
/** One worker of each database follows the stream; it is one of those that are killed. */
export const followsStream = (slot: number): boolean => slot % LANES === 1;
export const memoryOf = (slot: number): string => `worker-${slot}.memory`;
