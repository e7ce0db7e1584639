/** A row of the call log, as calls leave it. */
const endpoints = ["feed.getTimeline", "actor.getProfile", "feed.getPostThread", "graph.getFollows"];
export const account = "did:plc:ewvi7nxzyoun6zhxrhs64oiz";
export const host = "porcini.us-east.host.bsky.network";

export const readRow = (index) => ({
  timestamp: Date.now(),
  hostname: host,
  endpoint: `xrpc/app.bsky.${endpoints[index % endpoints.length]}`,
  requestDid: account,
  cursorReceived: "3kabcdefghijk",
  method: "get",
  httpStatusCode: 200,
  params: '{"limit":50,"actor":"bsky.app"}',
  responseKeys: "cursor,feed",
  durationMicroseconds: 120_000 + index,
  callId: `call-${index}`,
  state: "done",
  attempts: 1,
  service: `https://${host}`,
  requestBytes: 0,
  responseBytes: 60_000,
});

export const writeRow = () => ({
  timestamp: Date.now(),
  hostname: host,
  endpoint: "xrpc/com.atproto.repo.createRecord",
  requestDid: account,
  method: "post",
  state: "reserved",
  params: '{"collection":"app.bsky.feed.post"}',
});

/** The budget of the account, with windows of the real length that never get full. */
export const budget = `write ${account}`;
export const windows = [3600, 86_400].map((seconds) => ({ seconds, limit: 1e9, learns: false }));
