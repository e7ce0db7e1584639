/** A server with one account, for programs that use the installed package: logs in, tells profiles, takes records. Run alone it prints its port. */
import { createServer } from "node:http";

const did = "did:plc:ewvi7nxzyoun6zhxrhs64oiz";
const token = (hours) => {
  const claims = { sub: did, scope: "com.atproto.access", exp: Math.floor(Date.now() / 1000) + hours * 3600 };
  return ["{}", JSON.stringify(claims), "x"].map((part) => Buffer.from(part).toString("base64url")).join(".");
};

/** Listens on loopback; `requests` are the names of the endpoints that were asked for. */
export async function startServer() {
  const requests = [];
  const server = createServer(async (request, response) => {
    for await (const _ of request);
    const name = new URL(request.url, "http://localhost").pathname.split("/").at(-1);
    requests.push(name);
    const answer = answers[name]?.(`http://127.0.0.1:${server.address().port}`);
    response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(answer ?? { error: "NotFound", message: name }));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, requests, url: `http://127.0.0.1:${server.address().port}` };
}

const answers = {
  "com.atproto.server.createSession": (url) => ({
    did,
    handle: "alice.test",
    accessJwt: token(2),
    refreshJwt: token(48),
    didDoc: {
      id: did,
      service: [{ id: "#atproto_pds", type: "AtprotoPersonalDataServer", serviceEndpoint: url }],
    },
  }),
  "com.atproto.identity.resolveHandle": () => ({ did }),
  "app.bsky.actor.getProfile": () => ({ did, handle: "alice.test", displayName: "Alice" }),
  "com.atproto.repo.uploadBlob": () => ({
    blob: {
      $type: "blob",
      ref: { $link: "bafkreibme22gw2h7y2h7tg2fhqotaqjucnbc24deqo72b6mkl2egezxhvy" },
      mimeType: "image/png",
      size: 1,
    },
  }),
  "com.atproto.repo.createRecord": () => ({
    uri: `at://${did}/app.bsky.feed.post/3kvyvhmkfxs2c`,
    cid: "bafyreibme22gw2h7y2h7tg2fhqotaqjucnbc24deqo72b6mkl2egezxhvy",
  }),
};

if (process.argv[1] === import.meta.filename) {
  const { url } = await startServer();
  process.stdout.write(`${url}\n`);
}
