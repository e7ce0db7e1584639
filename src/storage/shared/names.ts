/** How names are compared, the same in every backend. */

/** `app.bsky.feed.getTimeline` and `xrpc/app.bsky.feed.getTimeline` -> the latter, as the log writes it. */
export function endpointName(endpoint: string): string {
  return endpoint.startsWith("xrpc/") ? endpoint : `xrpc/${endpoint}`;
}

/** The name to keep for finding a session: an e-mail address is in no other column, so nothing but another replaces it. */
export function keptIdentifier(stored: string | null, next: string): string {
  return stored !== null && stored.includes("@") && !next.includes("@") ? stored : next;
}
