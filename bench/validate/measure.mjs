/**
 * One measurement in a process of its own: `measure.mjs CASE CPU_MS`. The work goes on until it has used that much CPU, after
 * a warm-up of as much; what a first call sets going comes to rest before.
 */
import { setTimeout } from "node:timers/promises";
import { cases } from "./checks.mjs";

const [name, cpuMs] = process.argv.slice(2);
const work = await cases[name]();

async function repeat() {
  const start = process.cpuUsage();
  let times = 0;
  for (;;) {
    for (let at = 0; at < 20; at++) await work();
    times += 20;
    const { user, system } = process.cpuUsage(start);
    if (user + system >= Number(cpuMs) * 1000) return (user + system) / times;
  }
}

await work();
await setTimeout(700);
await repeat();
const cpu = await repeat();
process.stdout.write(JSON.stringify({ cpu }), () => process.exit(0));
