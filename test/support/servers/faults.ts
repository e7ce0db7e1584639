import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";

/**
 * What goes wrong with one request. `delayMs` holds any of them back first; the request then goes its way even if the
 * client has given up, as it does behind a real gateway.
 *
 * The server never sees the request: `status`, `reset`, `hang`.
 * It has done its work and the answer suffers: all others.
 */
export type Fault = { delayMs?: number } & (
  | StatusFault
  /** Connection cut: ECONNRESET */
  | { kind: "reset" }
  /** No answer, ever: only the client's own timeout ends it */
  | { kind: "hang" }
  /** Nothing but `delayMs`: late to the server */
  | { kind: "delay"; delayMs: number }
  /** The server's answer, late */
  | { kind: "delayAfter"; ms: number }
  /** Done by the server, then the connection is cut: for the client the same as `reset` */
  | { kind: "resetAfter" }
  /** Done by the server, but a gateway answers for it with an HTML page */
  | { kind: "statusAfter"; status?: number }
  /** Half of the body, then the connection ends */
  | { kind: "truncate" }
  /** A complete answer whose JSON is broken off */
  | { kind: "badJson" }
  /** Byte by byte */
  | { kind: "drip"; msPerByte: number }
  /** The server's own JSON, edited: a cursor that never ends, an item too many */
  | { kind: "mutate"; edit: (body: unknown) => unknown }
);

/** An answer that does not come from the server. JSON like a server's, or with `html` like a gateway's. */
export interface StatusFault {
  kind: "status";
  status: number;
  html?: boolean;
  /** `error` of the JSON body */
  error?: string;
  /** `message` of the JSON body */
  message?: string;
  headers?: OutgoingHttpHeaders;
}

export interface ProxiedRequest {
  /** `WS` for a WebSocket */
  method: string;
  /** The path without `/xrpc/` and query */
  nsid: string;
  /** Path and query */
  path: string;
  headers: IncomingHttpHeaders;
}

/** Which requests a queued fault waits for; all if empty. */
export interface RequestMatch {
  /** An NSID or its end: `com.atproto.repo.createRecord`, `createRecord` */
  nsid?: string;
  method?: string;
  where?: (request: ProxiedRequest) => boolean;
}

/** Picks a fault for a request that no queued fault waits for. Decide by `random`: it repeats itself for the same seed. */
export type FaultPlan = (request: ProxiedRequest, random: () => number) => Fault | undefined;

export function matches(match: RequestMatch, request: ProxiedRequest): boolean {
  const { nsid, method, where } = match;
  if (nsid !== undefined && request.nsid !== nsid && !request.nsid.endsWith(`.${nsid}`)) return false;
  if (method !== undefined && request.method !== method) return false;
  return where?.(request) ?? true;
}

/** Numbers from 0 up to 1, always the same for a seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
