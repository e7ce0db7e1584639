// A program that follows the stream of a PDS by name and writes down what it handled, until it is killed.
import { appendFileSync } from "node:fs";
import { Client } from "../../../src/index.ts";
import { createStorage } from "../../../src/storage/create.ts";

export interface ConsumerSettings {
  readonly service: string;
  readonly database: string;
  /** One line an event: sequence number and repository */
  readonly file: string;
}

const { service, database, file } = JSON.parse(process.env["PROGRAM"] ?? "{}") as ConsumerSettings;
const client = new Client({ storage: createStorage(database, { leaseMs: 300 }), logLevel: "error" });
const stream = client.com.atproto.sync
  .subscribeRepos({}, { service })
  .resume("indexer", { start: "beginning", everyEvents: 25, everyMs: 50 });
process.stdout.write("ready\n");
for await (const event of stream) {
  const { seq, repo = "" } = event as { seq: number; repo?: string };
  appendFileSync(file, `${seq} ${repo}\n`);
}
