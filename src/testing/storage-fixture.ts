import type { CallInput, SessionInput, Storage } from "../storage/ports/index.ts";

/** 2026-01-02T03:04:05.678Z, where the clock of a test stands at first */
export const START = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
export const SERVICE = "https://pds.example";
export const ALICE = "did:plc:alice";
export const BOB = "did:plc:bob";

export function session(given: Partial<SessionInput> = {}): SessionInput {
  return {
    service: SERVICE,
    did: ALICE,
    accessJwt: "access-1",
    refreshJwt: "refresh-1",
    createMethod: "create",
    ...given,
  };
}

export function call(given: Partial<CallInput> = {}): CallInput {
  return { timestamp: 0, hostname: "pds.example", endpoint: "xrpc/app.bsky.feed.getTimeline", ...given };
}

/** The code of the error a promise ends with; other errors are passed on, success has no code. */
export async function codeOf(promise: Promise<unknown>): Promise<string | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    if (error instanceof Error && error.name === "StorageError" && "code" in error) return String(error.code);
    throw error;
  }
}

/** What a backend gives for each test: storage that is empty, and used by nobody else. */
export interface StorageFixture {
  /** The storage that is tested */
  readonly storage: Storage;
  /** A second one on the same data, as another process would have; left out where there can be none */
  readonly another?: () => Storage;
  /** Runs after the test, when everything was closed */
  dispose?(): Promise<void> | void;
}

/** What storage for a test has to keep to. */
export interface StorageFixtureOptions {
  /** The clock the storage is to use, epoch ms */
  readonly now: () => number;
}

/** Makes storage for a test, empty and used by nobody else. */
export type StorageFactory = (options: StorageFixtureOptions) => Promise<StorageFixture> | StorageFixture;

/** What the tests of one part run with: makes storage, hands it over, closes it whatever happens. */
export type WithStorage = (body: (given: GivenStorage) => Promise<void>) => () => Promise<void>;

export interface GivenStorage extends StorageFixture {
  /** The clock: starts at `START`, stands still until moved */
  readonly clock: { now: number };
}
