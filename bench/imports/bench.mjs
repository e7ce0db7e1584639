/** What an import costs in a fresh process. */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { interleave, rounds } from "../measure/rounds.mjs";
import { column, median, spread } from "../measure/statistics.mjs";
import { bench, out } from "../places.mjs";
import { table } from "../report.mjs";

const sources = {
  "empty module": "",
  skylex: `import "skylex"`,
  "skylex, one client": `import { Client } from "skylex"; new Client();`,
  "skylex/definitions": `import "skylex/definitions"`,
  "@atcute/client": `import "@atcute/client"`,
  "@atcute/client and one schema": `import "@atcute/client";
    import "../../node_modules/@atcute/bluesky/dist/lexicons/types/app/bsky/actor/getProfile.js"`,
  "@atcute/client and all schemas": `import "@atcute/client"; import "@atcute/bluesky"; import "@atcute/atproto"`,
  "@atproto/lex and one schema": `import "@atproto/lex"; import "../lex-js/app/bsky/actor/getProfile.js"`,
  "@atproto/lex and all schemas": `import "@atproto/lex"; import "../lex-js/index.js"`,
  "@bsky/sdk": `import "@bsky/sdk"; import "@atproto/lex"`,
  "@atproto/api": `import "@atproto/api"`,
};

// Written by the module itself, before anything that only ending costs.
const report = `
;import { writeFileSync as write } from "node:fs";
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
write(1, JSON.stringify({ cpu: (userCPUTime + systemCPUTime) / 1000, memory: maxRSS / 1024, wall: performance.now() }));`;

function runNode(argv) {
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${argv.join(" ")}: ${stderr.slice(0, 600)}`);
  return JSON.parse(stdout);
}

const signed = (text) => `+${text}`;

export async function run() {
  mkdirSync(out("imports"), { recursive: true });
  const cases = Object.entries(sources).map(([name, source], index) => {
    const file = out("imports", `${index}.mjs`);
    writeFileSync(file, source + report);
    const plain = out("imports", `${index}-plain.mjs`);
    writeFileSync(plain, source);
    const { files } = runNode([join(bench, "imports/loaded-modules.mjs"), pathToFileURL(plain).href]);
    // The importing file itself is not of the package.
    return { name, file, modules: files.length - 1 };
  });
  const rows = await interleave("imports", cases, rounds(15), ({ file }) => runNode([file]));
  const base = rows["empty module"];
  const own = (name, key) => median(column(rows[name], key)) - median(column(base, key));
  const more = (name, key) => column(rows[name], key).map((value) => value - median(column(base, key)));
  return {
    what: `What an import adds to a fresh process, beside an empty module (first row, absolute). CPU is user and system time from
process start until the import is done, memory the peak until then.`,
    tables: [
      table(
        ["import", "CPU ms", "wall ms", "memory MiB", "modules", "CPU, × skylex"],
        cases.map(({ name, modules }) => {
          if (name === "empty module") {
            const absolute = ["cpu", "wall", "memory"].map((key) => spread(column(base, key), 0));
            return [name, ...absolute, modules, ""];
          }
          const [cpu, wall] = ["cpu", "wall"].map((key) => signed(spread(more(name, key), 0)));
          const memory = signed(own(name, "memory").toFixed(1));
          return [name, cpu, wall, memory, modules, (own(name, "cpu") / own("skylex", "cpu")).toFixed(2)];
        }),
      ),
    ],
    goals: [
      { what: "CPU, × @atproto/api", atMost: 1 / 8, measured: own("skylex", "cpu") / own("@atproto/api", "cpu") },
      { what: "wall, × @atproto/api", atMost: 1 / 8, measured: own("skylex", "wall") / own("@atproto/api", "wall") },
      { what: "CPU, × @atcute/client", atMost: 1, measured: own("skylex", "cpu") / own("@atcute/client", "cpu") },
      { what: "wall, × @atcute/client", atMost: 1, measured: own("skylex", "wall") / own("@atcute/client", "wall") },
      { what: "modules", atMost: 10, measured: cases.find(({ name }) => name === "skylex").modules },
      { what: "CPU over an empty process, ms", atMost: 30, measured: own("skylex", "cpu") },
    ],
    lost: Object.keys(sources)
      .filter((name) => name.startsWith("@") && own(name, "cpu") < own("skylex", "cpu"))
      .map((name) => `${name}: it loads fewer modules and no tree of methods.`),
  };
}
