// A program of a user, as a process of its own: settings as JSON in PROGRAM, credentials in its environment. It reads once
// it is told to on stdin, and prints what it got.
import { once } from "node:events";
import { Client } from "../../../src/index.ts";
import { createStorage } from "../../../src/storage/create.ts";

export interface ProgramSettings {
  readonly service: string;
  readonly plcDirectory: string;
  readonly database: string;
}

const { service, plcDirectory, database } = JSON.parse(process.env["PROGRAM"] ?? "{}") as ProgramSettings;
const storage = createStorage(database, { leaseMs: 1000 });
const client = new Client({ service, plcDirectory, storage, retry: false, logLevel: "silent" });
await storage.open();
process.stdout.write("ready\n");
await once(process.stdin, "data");
const { did } = await client.com.atproto.server.getSession();
process.stdout.write(`${did}\n`);
await storage.close();
process.exit();
