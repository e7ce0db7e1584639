/** Writes what was measured: to the terminal while it runs, and into RESULTS.md, one section a bench. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { join } from "node:path";
import { bench } from "./places.mjs";

const file = join(bench, "RESULTS.md");
const marker = (name) => `<!-- ${name} -->`;

const head = `# skylex beside its peers

Written by \`npm run bench\`; do not edit. \`npm run bench -- NAME…\` renews single sections. Every figure is a median with
\`[min..max]\` over interleaved rounds. **Compare ratios**: seconds change with the computer and with what else it does.
Instantiations, types, files, modules and bytes come out the same everywhere. How it is measured: [README](README.md).
`;

const row = (cells) => `| ${cells.join(" | ")} |`;

export const table = (columns, rows) => [row(columns), row(columns.map(() => "---")), ...rows.map(row)].join("\n");

const verdict = ({ measured, atMost = Infinity, atLeast = 0 }) =>
  measured <= atMost && measured >= atLeast ? "met" : "**missed**";
const bound = ({ atMost, atLeast }) => (atMost ?? atLeast).toLocaleString("en");

/** A table of goals. Each has a measured ratio or count, and the most or the least it may be. */
function goalTable(goals) {
  return table(
    ["goal", goals.every(({ atLeast }) => atLeast === undefined) ? "at most" : "at least", "measured", ""],
    goals.map((goal) => [goal.what, bound(goal), format(goal.measured), verdict(goal)]),
  );
}

const format = (value) => (Number.isInteger(value) ? value.toLocaleString("en") : value.toFixed(value < 0.1 ? 3 : 2));

/** What the README says can be set, as the run had it. */
const SETTINGS = ["RUNS", "LEX_RUNS", "CPU_MS", "ENCODING", "PHOTOS", "ROWS", "SECONDS", "LARGEST", "PAGED", "CALLS"];
const given = () =>
  SETTINGS.filter((name) => name in process.env)
    .map((name) => `${name}=${process.env[name]} `)
    .join("");

/** The text of one section. `lost` says where a peer is ahead of skylex, and why. */
function section(name, { what, tables, goals = [], lost = [] }) {
  const load = loadavg()[0].toFixed(1);
  const place = `Node ${process.versions.node}, ${process.platform} ${process.arch}, ${availableParallelism()} cores, load ${load}`;
  return [
    `## ${name}`,
    what,
    ...tables,
    ...(goals.length > 0 ? [goalTable(goals)] : []),
    `Where a peer is ahead: ${lost.length > 0 ? `\n${lost.map((line) => `- ${line}`).join("\n")}` : "nowhere in this table."}`,
    `Repeat: \`${given()}npm run bench -- ${name}\` (${new Date().toISOString().slice(0, 10)}, ${place})`,
  ].join("\n\n");
}

/** Replaces the section of one bench in RESULTS.md; `names` gives the order. */
export function publish(names, name, result) {
  const old = existsSync(file) ? readFileSync(file, "utf8") : "";
  const sections = names.map((one) => {
    if (one === name) return `${marker(one)}\n${section(one, result)}\n`;
    const start = old.indexOf(marker(one));
    if (start < 0) return undefined;
    const end = old.indexOf("<!-- ", start + 1);
    return `${old.slice(start, end < 0 ? undefined : end).trimEnd()}\n`;
  });
  writeFileSync(file, [head, ...sections.filter((text) => text !== undefined)].join("\n"));
  process.stdout.write(`${section(name, result)}\n\n`);
}
