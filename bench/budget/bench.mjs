/** What accounts cost that many processes share: points of a budget taken, sessions looked up. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { openDatabases, openStorage } from "../measure/databases.mjs";
import { record } from "../measure/record.mjs";
import { account } from "../measure/rows.mjs";
import { bench } from "../places.mjs";
import { table } from "../report.mjs";

const SECONDS = Number(process.env.SECONDS ?? 2);
const PROCESSES = [1, 4, 16];
const WIDTHS = [1, 16];

/** One process that does it for some seconds: how often, and in which time. */
async function worker(what, place, width) {
  const argv = [join(bench, "budget/worker.mjs"), what, place, width, SECONDS].map(String);
  const child = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  for await (const chunk of child.stdout) text += chunk;
  return JSON.parse(text);
}

async function together(what, place, processes, width) {
  const found = await Promise.all(Array.from({ length: processes }, () => worker(what, place, width)));
  return found.reduce((sum, { count, seconds }) => sum + count / seconds, 0);
}

async function prepare(place) {
  const storage = await openStorage(place);
  const session = { service: "https://bsky.social", handle: "alice.test", createMethod: "create" };
  for (let index = 0; index < 20; index++) {
    const did = index === 0 ? account : `did:plc:${String(index).padStart(24, "a")}`;
    await storage.sessions.save({
      ...session,
      did,
      handle: `user${index}.test`,
      accessJwt: "a".repeat(300),
      refreshJwt: "r".repeat(300),
    });
  }
  await storage.close();
}

export async function run() {
  const databases = await openDatabases();
  const rows = [];
  try {
    for (const { name, make } of databases.kinds) {
      for (const what of ["points taken", "sessions looked up"]) {
        const { place, drop } = await make();
        await prepare(place);
        for (const width of WIDTHS) {
          for (const processes of PROCESSES) {
            const rate = await together(what, place, processes, width);
            record("budget", { name, what, processes, width, rate });
            rows.push({ name, what, processes, width, rate });
          }
        }
        await drop();
      }
    }
  } finally {
    await databases.close();
  }
  const groups = Map.groupBy(rows, ({ name, what, width }) => `${name}, ${what}, ${width} at once in each`);
  return {
    what: `How often a second all processes together take points from one account's budget, each with the row of its call, and look a session up by its
handle, for ${SECONDS} s. Exact to the last point: takers of one budget wait for each other. Of calls at once in a process those that wait
are taken together. ${databases.note} On two cores 16 processes mostly wait for a core.`,
    tables: [
      table(
        ["a second", ...PROCESSES.map((count) => (count === 1 ? "1 process" : `${count} processes`))],
        [...groups].map(([title, found]) => [title, ...found.map(({ rate }) => Math.round(rate).toLocaleString("en"))]),
      ),
    ],
  };
}
