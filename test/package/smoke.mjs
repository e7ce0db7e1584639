/** What everybody does first, with the installed package: logs in, makes a typed call, posts and reads the rows in the database: its argument, or a new SQLite file. */
import { rmSync } from "node:fs";
import { Client } from "skylex";
import { startServer } from "./server.mjs";

const { server, url, requests } = await startServer();
const storage = process.argv[2] ?? `smoke-${process.version}.db`;
const client = new Client({ identifier: "alice.test", password: "secret", service: url, storage, handleResolver: url });
const { displayName } = await client.app.bsky.actor.getProfile({ actor: "alice.test" });
const { uri } = await client.createPost("hello https://example.com");
await client.close();

const again = new Client({ identifier: "alice.test", service: url, storage });
const rows = await again.log.query({ limit: 10 });
await again.close();
server.close();
rmSync(storage, { force: true });
const logged = rows.map(({ endpoint, httpStatusCode }) => `${endpoint} ${httpStatusCode}`).toSorted();
process.stdout.write(JSON.stringify({ node: process.versions.node, displayName, uri, requests, logged }));
