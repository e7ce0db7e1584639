/** Answers XRPC calls on a loopback port with prepared bytes, and prints the port. `ENCODING=gzip` compresses, as real servers do. */
import { createServer } from "node:http";
import { gzipSync } from "node:zlib";
import { profile, timeline } from "./replies.mjs";

const compressed = process.env.ENCODING === "gzip";
const headers = {
  "content-type": "application/json; charset=utf-8",
  "cache-control": "private",
  "access-control-allow-origin": "*",
  vary: "accept-encoding",
  "ratelimit-limit": "3000",
  "ratelimit-remaining": "2999",
  "ratelimit-reset": "1750000300",
  "ratelimit-policy": "3000;w=300",
};

function prepare(data) {
  const plain = Buffer.from(JSON.stringify(data));
  const packed = gzipSync(plain);
  return (request, response) => {
    const pack = compressed && /\bgzip\b/.test(request.headers["accept-encoding"] ?? "");
    const body = pack ? packed : plain;
    response.writeHead(200, { ...headers, "content-length": body.length, ...(pack && { "content-encoding": "gzip" }) });
    response.end(body);
  };
}

const answers = new Map([
  ["/xrpc/app.bsky.actor.getProfile?actor=bsky.app", prepare(profile())],
  ...[20, 50].map((limit) => [`/xrpc/app.bsky.feed.getTimeline?limit=${limit}`, prepare(timeline(limit))]),
]);

const server = createServer((request, response) => {
  const answer = answers.get(request.url);
  if (answer) answer(request, response);
  else response.writeHead(404, { "content-type": "application/json" }).end('{"error":"NotFound"}');
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => process.stdout.write(`${server.address().port}\n`));
