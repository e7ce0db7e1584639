/**
 * Memory of a process over a long time: `measure.mjs WHAT SERVICE COUNT`, run with --expose-gc. Prints twenty samples: what is
 * alive after a collection, and what the process holds of the system.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "skylex";

const [what, service, total] = process.argv.slice(2);
const count = Number(total);
const folder = mkdtempSync(join(tmpdir(), "skylex-bench-"));
const client = new Client({ service, storage: join(folder, "skylex.db") });
const samples = [];
let done = 0;

/** Counts one more, and looks at the memory twenty times on the way. */
function step() {
  if (++done % (count / 20) !== 0) return;
  globalThis.gc();
  const { heapUsed, external, rss } = process.memoryUsage();
  samples.push({ alive: (heapUsed + external) / 2 ** 20, rss: rss / 2 ** 20 });
}

const works = {
  paging: async () => {
    const list = { repo: "did:plc:ewvi7nxzyoun6zhxrhs64oiz", collection: "app.bsky.feed.like", limit: 100 };
    for await (const record of client.com.atproto.repo.listRecords(list)) if (record.uri !== "") step();
  },
  calls: async () => {
    let begun = 0;
    const worker = async () => {
      while (begun++ < count) {
        await client.app.bsky.actor.getProfile({ actor: "bsky.app" });
        step();
      }
    };
    await Promise.all(Array.from({ length: 16 }, worker));
  },
};

await works[what]();
if (done !== count) throw new Error(`${done} of ${count}`);
const { calls } = (await client.log.stats())[0];
await client.close();
rmSync(folder, { recursive: true });
process.stdout.write(JSON.stringify({ samples, logged: calls }));
