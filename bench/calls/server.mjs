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
  // More than any run uses up: skylex slows down before a limit, and waiting is not what is measured.
  "ratelimit-limit": "1000000000",
  "ratelimit-remaining": "999999999",
  "ratelimit-policy": "1000000000;w=300",
};

function prepare(data) {
  const plain = Buffer.from(JSON.stringify(data));
  const packed = gzipSync(plain);
  return (request, response) => {
    const pack = compressed && /\bgzip\b/.test(request.headers["accept-encoding"] ?? "");
    const body = pack ? packed : plain;
    response.writeHead(200, {
      ...headers,
      "ratelimit-reset": Math.floor(Date.now() / 1000) + 250,
      "content-length": body.length,
      ...(pack && { "content-encoding": "gzip" }),
    });
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
