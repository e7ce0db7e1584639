/**
 * One measurement in a process of its own: `measure.mjs CLIENT SERVICE LIMIT CONCURRENCY CPU_MS`, LIMIT 0 for a profile. Calls
 * go on until they have used that much CPU, after a warm-up of as much: with less, what is measured is the compiler at work.
 */
import { setTimeout } from "node:timers/promises";
import { clients } from "./clients.mjs";

const [name, service, ...numbers] = process.argv.slice(2);
const [limit, concurrency, cpuMs] = numbers.map(Number);
const client = await clients[name](service);
const call = limit === 0 ? () => client.profile() : () => client.timeline(limit);

const first = await call();
if (limit === 0 ? first.did === undefined : first.feed.length !== limit) throw new Error(`${name} read something else`);

// A first call may have set things going that are no part of a call: databases opened, modules loaded.
await setTimeout(700);

const microseconds = (start) => {
  const { user, system } = process.cpuUsage(start);
  return user + system;
};

async function callFor(budget) {
  const start = process.cpuUsage();
  let calls = 0;
  const worker = async () => {
    // Asking what was used costs some microseconds itself.
    while (calls < 20 || calls % 10 !== 0 || microseconds(start) < budget * 1000) {
      calls++;
      await call();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return microseconds(start) / calls;
}

await callFor(cpuMs);
const cpu = await callFor(cpuMs);
process.stdout.write(JSON.stringify({ cpu, memory: process.memoryUsage().rss / 2 ** 20 }), () => process.exit(0));
