// A process of its own, started when another ends with calls that are not in the log yet and that it cannot write before it
// is gone: `node exit-writer.ts`, which database and which rows as JSON on standard input.
import { readFileSync } from "node:fs";
import type { CallInput } from "../../ports/index.ts";
import type { DatabaseChoice } from "../connection/config.ts";
import { DatabaseStorage } from "../index.ts";

const { choice, rows } = JSON.parse(readFileSync(0, "utf8")) as {
  readonly choice: DatabaseChoice;
  readonly rows: readonly CallInput[];
};
const storage = new DatabaseStorage(choice, { busyTimeoutMs: 2000 });
const times = rows.map((row) => row.timestamp);
const since = Math.min(...times);
// A batch that was under way may have arrived all the same.
const there = await storage.calls.query({ since, until: Math.max(...times) + 1, limit: 100_000 });
const known = new Set(there.map((row) => row.callId));
await storage.calls.append(rows.filter((row) => typeof row.callId !== "string" || !known.has(row.callId)));
await storage.close();
