/** Does one thing for some seconds, so many at once: `worker.mjs WHAT DATABASE WIDTH SECONDS`. Prints how often, and in which time. */
import { openStorage } from "../measure/databases.mjs";
import { budget, windows, writeRow } from "../measure/rows.mjs";

const [what, place, ...numbers] = process.argv.slice(2);
const [width, seconds] = numbers.map(Number);
const { Claims } = await import("../../src/budget/claims.ts");
const storage = await openStorage(place);
const claims = new Claims(storage.budgets, Date.now);
const once = {
  "points taken": () => claims.claim(budget, windows, { points: 3, row: writeRow() }),
  "sessions looked up": () => storage.sessions.find("https://bsky.social", "user0.test"),
}[what];

await once();
const start = performance.now();
let count = 0;
await Promise.all(
  Array.from({ length: width }, async () => {
    for (; performance.now() - start < seconds * 1000; count++) await once();
  }),
);
const result = { count, seconds: (performance.now() - start) / 1000 };
await storage.close();
process.stdout.write(JSON.stringify(result));
