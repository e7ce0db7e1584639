/**
 * What servers allow, as data: https://docs.bsky.app/docs/advanced-guides/rate-limits, and where that page is silent (uploads,
 * handles) packages/pds/src/rate-limits.ts and packages/pds/src/api in https://github.com/bluesky-social/atproto
 */

/** Write points of one attempt; applyWrites is the sum of its operations. */
export const writeCosts: Readonly<Record<string, number>> = {
  "com.atproto.repo.createRecord": 3,
  "com.atproto.repo.putRecord": 2,
  "com.atproto.repo.deleteRecord": 1,
  "com.atproto.repo.applyWrites#create": 3,
  "com.atproto.repo.applyWrites#update": 2,
  "com.atproto.repo.applyWrites#delete": 1,
};

/** What is counted apart: records by their points, the rest by the call. */
export type BudgetKind = "write" | "upload" | "login" | "handle";

/** The name of an account's budget in storage. */
export const budgetOf = (kind: BudgetKind, account: string): string => `${kind} ${account}`;

/** Calls that cost 1 of a budget of their own. */
export const callCosts: Readonly<Record<string, Exclude<BudgetKind, "write">>> = {
  "com.atproto.repo.uploadBlob": "upload",
  "com.atproto.server.createSession": "login",
  "com.atproto.identity.updateHandle": "handle",
};

export const units: Readonly<Record<BudgetKind, string>> = {
  write: "write points",
  upload: "uploads",
  login: "logins",
  handle: "handle changes",
};

interface Limit {
  readonly seconds: number;
  readonly limit: number;
}

const fiveMinutes = 300;
const hour = 3600;
const day = 86_400;

/** Shortest window first. Writes and handles are counted by account, logins by the name they are for. */
export const limits: Readonly<Record<BudgetKind, readonly Limit[]>> = {
  write: [
    { seconds: hour, limit: 5000 },
    { seconds: day, limit: 35_000 },
  ],
  upload: [{ seconds: day, limit: 1000 }],
  login: [
    { seconds: fiveMinutes, limit: 30 },
    { seconds: day, limit: 300 },
  ],
  handle: [
    { seconds: fiveMinutes, limit: 10 },
    { seconds: day, limit: 50 },
  ],
};

/** All requests to one server. */
export const requests: Limit = { seconds: fiveMinutes, limit: 3000 };
/** Calls with a limit of their own in a window of the same length, which their answers may show instead. */
export const ownFiveMinutes: ReadonlySet<string> = new Set([
  "com.atproto.identity.updateHandle",
  "com.atproto.server.createAccount",
  "com.atproto.server.createSession",
  "com.atproto.server.deleteAccount",
  "com.atproto.server.resetPassword",
  "com.atproto.sync.getRepo",
]);
/** The last part of them is spread over the time that is left. */
export const pacedShare = 0.1;
/** Milliseconds that a request is held back at most */
export const longestPace = 60_000;

export const windowNames: Readonly<Record<number, BudgetWindowName>> = {
  [fiveMinutes]: "5-minute",
  [hour]: "1-hour",
  [day]: "24-hour",
};

export type BudgetWindowName = "5-minute" | "1-hour" | "24-hour";
