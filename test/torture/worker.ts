// A program of a user, as a process of its own: many accounts, much to do at once, and a journal by which it goes on where it was
// killed. Settings as JSON in TORTURE. It works until its operations are done or stdin says `finish`, and then ends what it began.
import { EventEmitter, once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "../../src/index.ts";
import { createStorage } from "../../src/storage/create.ts";
import { seededRandom } from "../support/servers/faults.ts";
import { Journal, readHistory } from "./journal.ts";
import { readLanes, writeLane } from "./lanes.ts";
import { finishKeyed, Operations } from "./operations.ts";
import { agentOf, ATTEMPT_MS, followsStream, journalOf, memoryOf, type WorkerSettings } from "./settings.ts";
import { followStream } from "./stream.ts";

const settings = JSON.parse(process.env["TORTURE"] ?? "{}") as WorkerSettings;
const { slot, life, folder, seed, accounts, operations } = settings;
const path = join(folder, journalOf(slot));
const history = readHistory(path);
const journal = new Journal(path);
const random = seededRandom(seed + slot * 1009 + life * 9973);
const storage = createStorage(settings.database, { leaseMs: settings.leaseMs });
const client = new Client({
  service: settings.service,
  plcDirectory: settings.plcDirectory,
  storage,
  userAgent: agentOf(slot, life),
  // Each worker is a machine of its own to the server, which limits requests by address.
  headers: { "x-forwarded-for": `10.0.0.${slot + 1}` },
  attemptTimeout: ATTEMPT_MS,
  retry: { attempts: 6, baseDelay: 50, maxDelay: 1000 },
  logLevel: "debug",
});
client.on("session", ({ type, session, reason }) => {
  if (type === "lost") journal.write({ complaint: `the session of ${session.did} was lost: ${reason}` });
});

const views = new Map<string, Client>();
await Promise.all(
  accounts.map(async ({ did, handle, password }) => {
    const view = client.with({ account: handle });
    for (let tries = 0; ; tries++) {
      try {
        await view.login(handle, password);
        break;
      } catch (error) {
        // A login is not sent again by itself; a person would do what is done here.
        if (tries === 20) throw error;
        await sleep(200);
      }
    }
    views.set(did, view);
  }),
);

const orders = new EventEmitter();
let finishing = false;
process.stdin.on("data", () => {
  orders.emit(finishing ? "read" : "finish");
  finishing = true;
});
const finish = once(orders, "finish");
const read = once(orders, "read");
const work = new Operations({ settings, journal, history, views, random, picture: readFileSync(settings.picture) });
const goesOn = (): boolean => !finishing && work.begun < operations;

const following = followsStream(slot) ? followStream(settings, client, journal) : undefined;

process.stdout.write(`ready ${work.begun}\n`);
// Also tells that it is alive: what the machine gives no time to cannot write rows either.
const progress = setInterval(() => process.stdout.write(`done ${work.begun} ${Date.now()}\n`), 250);
const memory = new Journal(join(folder, memoryOf(slot)));
const measuring = setInterval(() => {
  const { rss } = process.memoryUsage();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  memory.write({ at: Date.now(), rss, used: heapUsed + external });
}, 5000);

const several = (task: () => Promise<void>): Promise<void> =>
  (async () => {
    while (goesOn()) await task();
  })();
await Promise.all([
  several(() => work.one()),
  several(() => work.one()),
  several(() => writeLane(work, settings)),
  several(async () => {
    await readLanes(settings, views, random, journal);
    await sleep(50 + random() * 200);
  }),
]);
process.stdout.write(`idle ${work.begun}\n`);
await finish;
clearInterval(progress);
clearInterval(measuring);
await finishKeyed(work, readHistory(path));
process.stdout.write("written\n");
// All others have written, too, before what is left is read.
await read;
await readLanes(settings, views, random, journal, true);
await following;
await client.close();
await storage.close();
process.stdout.write("finished\n");
process.exit();
