// A process that spends an account's budget until nothing fits: `node worker.ts DATABASE SERVICE HOUR`. Prints what it spent.
import { Client } from "../../../src/client/client.ts";
import { RateLimitExceededError } from "../../../src/core/errors/index.ts";
import { ALICE, tokenOf } from "./accounts.ts";

const [database = "", service = "", hour = ""] = process.argv.slice(2);
const client = new Client({
  storage: database,
  service,
  accessToken: tokenOf(ALICE),
  budget: { hour: Number(hour) },
  validate: false,
  logLevel: "silent",
});
const { repo } = client.com.atproto;
const key = { repo: ALICE, collection: "app.bsky.feed.post", rkey: "3k" };
const kinds = [
  () => repo.createRecord({ ...key, record: {} }),
  () => repo.putRecord({ ...key, record: {} }),
  () => repo.deleteRecord(key),
];

/** The dearest call that still fits, again and again. */
async function spend(): Promise<void> {
  for (const kind of kinds) {
    for (;;) {
      try {
        await kind();
      } catch (error) {
        if (!(error instanceof RateLimitExceededError)) throw error;
        break;
      }
    }
  }
}

await Promise.all(Array.from({ length: 4 }, spend));
const [status] = (await client.budget.status()).writes;
process.stdout.write(JSON.stringify({ used: status?.used, remaining: status?.remaining }));
await client.close();
