/** What a first checked write costs more than one that is not: `first.mjs on|off` prints CPU milliseconds of the call. */
import { Client } from "skylex";

const client = new Client({
  service: "https://pds.example",
  accessToken: "token",
  storage: ":memory:",
  logLevel: "silent",
  budget: false,
  fetch: async () => Response.json({}),
  ...(process.argv[2] === "off" && { validate: false }),
});
// Everything else that a first call loads is there then.
await client.com.atproto.repo.uploadBlob(new Uint8Array([1]));
const start = process.cpuUsage();
const record = { text: "hello", createdAt: new Date() };
await client.com.atproto.repo.createRecord({ repo: "a.test", collection: "app.bsky.feed.post", record });
const { user, system } = process.cpuUsage(start);
process.stdout.write(JSON.stringify({ cpu: (user + system) / 1000 }), () => process.exit(0));
