/** Answers calls on a loopback port, and prints the port: a profile, and pages of 100 records until there were PAGES of them. */
import { createServer } from "node:http";
import { cid, date, tid } from "../calls/identifiers.mjs";
import { profile } from "../calls/replies.mjs";

const pages = Number(process.argv[2]);
const account = "did:plc:ewvi7nxzyoun6zhxrhs64oiz";
const records = Array.from({ length: 100 }, (_, index) => ({
  uri: `at://${account}/app.bsky.feed.like/${tid(index)}`,
  cid: cid(`like ${index}`),
  value: {
    $type: "app.bsky.feed.like",
    subject: { uri: `at://${account}/app.bsky.feed.post/${tid(1000 + index)}`, cid: cid(`post ${index}`) },
    createdAt: date(index),
  },
}));
const page = JSON.stringify({ records }).slice(0, -1);
const profileBody = JSON.stringify(profile());

function bodyOf(url) {
  if (url.pathname.endsWith("getProfile")) return profileBody;
  const next = Number(url.searchParams.get("cursor") ?? 0) + 1;
  return next < pages ? `${page},"cursor":"${next}"}` : `${page}}`;
}

const server = createServer((request, response) => {
  const body = Buffer.from(bodyOf(new URL(request.url, "http://localhost")));
  response.writeHead(200, { "content-type": "application/json", "content-length": body.length }).end(body);
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => process.stdout.write(`${server.address().port}\n`));
