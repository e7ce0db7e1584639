// A program of a user, as a process of its own: `node reader.ts SERVICE DATABASE FILE ORDER`. Waits for a line on stdin, then reads
// a list on and appends the number of each record to the file, on disk before the next one is asked for.
import { fsyncSync, openSync, writeSync } from "node:fs";
import { once } from "node:events";
import { Client } from "../../../src/index.ts";
import { createStorage } from "../../../src/storage/create.ts";

const [service = "", database = "", file = "", order = ""] = process.argv.slice(2);
const storage = createStorage(database, { leaseMs: 200, env: {} });
const client = new Client({ service, storage, logLevel: "silent" });
const list = client.com.atproto.repo.listRecords({
  repo: "did:plc:reader",
  collection: "app.bsky.feed.post",
  limit: 100,
  reverse: order === "forward",
});
await storage.open();
const output = openSync(file, "a");
process.stdout.write("ready\n");
await once(process.stdin, "data");
for await (const { uri } of list.resume("reader")) {
  writeSync(output, `${uri.slice(uri.lastIndexOf("/") + 1)}\n`);
  fsyncSync(output);
}
await client.close();
await storage.close();
process.exit();
