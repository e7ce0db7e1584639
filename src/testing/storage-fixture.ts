import type { CallInput, SessionInput } from "../storage/ports.ts";

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
