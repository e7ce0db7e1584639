import type { Fault, FaultPlan } from "../support/servers/faults.ts";
import { ATTEMPT_MS } from "./settings.ts";

/** Longer than workers wait for an answer: the server acts when its client has long given up. */
const LATE_MS = ATTEMPT_MS + 2000;

const inASecond = (): string => String(Math.floor(Date.now() / 1000) + 1);

/** What goes wrong, and how often beside the others. */
const faults: readonly (readonly [weight: number, fault: (random: number) => Fault])[] = [
  [10, () => ({ kind: "reset" })],
  [15, () => ({ kind: "resetAfter" })],
  [10, () => ({ kind: "truncate" })],
  [8, () => ({ kind: "badJson" })],
  [8, () => ({ kind: "status", status: 502, html: true })],
  [8, () => ({ kind: "status", status: 503, error: "NotEnoughResources" })],
  [10, () => ({ kind: "statusAfter" })],
  [8, () => ({ kind: "status", status: 429, error: "RateLimitExceeded", headers: { "ratelimit-reset": inASecond() } })],
  [15, (random) => ({ kind: "delay", delayMs: Math.ceil(random * 300) })],
  [2, () => ({ kind: "delay", delayMs: LATE_MS })],
];
const total = faults.reduce((sum, [weight]) => sum + weight, 0);

/** The share of requests that something goes wrong with. */
const SHARE = 0.1;
/** The share of them whose session is said to have expired, where there is one. */
const EXPIRED = 0.1;

/** One request in ten goes wrong. */
export function faultPlan(isOn: () => boolean): FaultPlan {
  return ({ headers, nsid, path, method }, random) => {
    if (random() >= SHARE || !isOn()) return undefined;
    const hasSession = headers.authorization !== undefined && nsid !== "com.atproto.server.refreshSession";
    if (hasSession && random() < EXPIRED) return { kind: "status", status: 400, error: "ExpiredToken" };
    let left = random() * total;
    const fault = (faults.find(([weight]) => (left -= weight) < 0) ?? faults[0])?.[1](random());
    const comesLate = fault?.kind === "delay" && fault.delayMs >= LATE_MS;
    // Writes that promise an order, and those that write over others, are held back no longer than they wait.
    const inOrder = method === "POST" && (path.includes("lane=") || nsid.endsWith(".putRecord"));
    return comesLate && inOrder ? undefined : fault;
  };
}
