/** What type-checking a consumer costs, alone in its program, with TypeScript 7 and 5.9. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { interleave, rounds } from "../measure/rounds.mjs";
import { column, median, spread } from "../measure/statistics.mjs";
import { bench, installed, out } from "../places.mjs";
import { table } from "../report.mjs";
import { calls } from "./calls.mjs";
import { consumer, dialects, program } from "./dialects.mjs";

const compilers = { 7: installed("typescript/bin/tsc"), 5.9: installed("ts5/bin/tsc") };
const sizes = ["1 call", "10 calls", "60 calls", "full"];

const empty = `const answer = await fetch("http://localhost");
console.log(((await answer.json()) as { displayName?: string }).displayName);
export {};
`;

const compilerOptions = {
  noEmit: true,
  strict: true,
  target: "es2023",
  lib: ["es2024", "esnext", "dom", "dom.iterable"],
  module: "nodenext",
  skipLibCheck: true,
  types: ["node"],
};

function sourceOf(dialect, size) {
  if (dialect.lacks === size) return undefined;
  if (size !== "full") return consumer(dialect, calls.slice(0, Number.parseInt(size, 10)));
  if (dialect.full === undefined) return undefined;
  const [file, tree] = dialect.full;
  return program(readFileSync(join(bench, "typecheck/full", file), "utf8"), tree);
}

/** One case for each client, size and compiler. */
function makeCases() {
  rmSync(out("typecheck"), { recursive: true, force: true });
  mkdirSync(out("typecheck"), { recursive: true });
  const programs = sizes.flatMap((size) =>
    Object.entries(dialects).map(([client, dialect]) => ({ client, size, dialect, text: sourceOf(dialect, size) })),
  );
  programs.unshift({ client: "empty", size: "", dialect: {}, text: empty });
  return programs
    .filter(({ text }) => text !== undefined)
    .flatMap(({ client, size, dialect, text }) => {
      const stem = out("typecheck", `${client} ${size}`.replaceAll(/[^a-z0-9]+/gi, "-"));
      writeFileSync(`${stem}.ts`, text);
      writeFileSync(`${stem}.json`, JSON.stringify({ compilerOptions, files: [`${stem}.ts`] }));
      return Object.keys(compilers).map((version) => ({
        name: nameOf(client, size, version),
        version,
        config: `${stem}.json`,
        times: dialect.times,
      }));
    });
}

const nameOf = (client, size, version) => `${client}, ${size}, TypeScript ${version}`;

function check({ name, version, config }) {
  const { stdout } = spawnSync(process.execPath, [compilers[version], "-p", config, "--extendedDiagnostics"], {
    encoding: "utf8",
  });
  if (stdout.includes("error TS")) throw new Error(`${name} does not compile:\n${stdout.slice(0, 1500)}`);
  const value = (label) => Number(new RegExp(`^${label}:\\s+([\\d.,]+)`, "m").exec(stdout)?.[1].replaceAll(",", ""));
  return {
    files: value("Files"),
    types: value("Types"),
    instantiations: value("Instantiations"),
    memory: value("Memory used") / 1024,
    check: value("Check time"),
    total: value("Total time"),
  };
}

const count = (rows, key) => median(column(rows, key)).toLocaleString("en");

export async function run() {
  const rows = await interleave("typecheck", makeCases(), rounds(3), check, { warmups: 0 });
  const of = (client, size, version, key) => median(column(rows[nameOf(client, size, version)], key));
  const cells = (client, size) => {
    const five = rows[nameOf(client, size, "5.9")];
    const seven = rows[nameOf(client, size, "7")];
    return [
      client,
      ...["files", "types", "instantiations"].map((key) => count(seven, key)),
      median(column(seven, "memory")).toFixed(0),
      median(column(seven, "check")).toFixed(3),
      spread(column(seven, "total"), 2),
      count(five, "instantiations"),
      median(column(five, "memory")).toFixed(0),
      median(column(five, "check")).toFixed(2),
      spread(column(five, "total"), 2),
    ];
  };
  const columns = ["files", "types", "instantiations", "MB", "check s", "total s"];
  const heading = [...columns, ...columns.slice(2).map((name) => `5.9: ${name}`)];
  const clients = (size) => Object.keys(dialects).filter((client) => rows[nameOf(client, size, "7")] !== undefined);
  const peers = (size) => clients(size).filter((client) => client.startsWith("@"));
  const least = (names, size, version, key) => Math.min(...names.map((client) => of(client, size, version, key)));
  const withTree = (size) => peers(size).filter((client) => dialects[client].hasTree);
  const ours = (size, version, key) => of("skylex, methods", size, version, key);
  return {
    what: `One consumer file alone in its program: strict, nodenext, skipLibCheck. The same calls for every client, results used, open
unions narrowed as the client has it; \`full\` reads a timeline and a thread, narrows embeds and creates a post. Columns are those
of TypeScript 7, then 5.9. "as generated" is @atproto/lex as its manual has it, TypeScript sources in the user's program;
"compiled" is the same tree compiled first, and gives declarations. It runs once, being slow; counts are exact anyway.`,
    tables: sizes.map((size) =>
      table([size, ...heading], [cells("empty", ""), ...clients(size).map((one) => cells(one, size))]),
    ),
    goals: [
      ...["7", "5.9"].map((version) => ({
        what: `60 calls, TypeScript ${version}: instantiations`,
        atMost: 2500,
        measured: ours("60 calls", version, "instantiations"),
      })),
      ...sizes.map((size) => ({
        what: `${size}: instantiations, × the least of a peer with a tree of methods`,
        atMost: 1,
        measured: ours(size, "7", "instantiations") / least(withTree(size), size, "7", "instantiations"),
      })),
      ...["7", "5.9"].map((version) => ({
        what: `60 calls, TypeScript ${version}: total time, × the fastest peer`,
        atMost: 1.2,
        measured: ours("60 calls", version, "total") / least(peers("60 calls"), "60 calls", version, "total"),
      })),
    ],
    lost: sizes.flatMap((size) => peers(size).flatMap((peer) => lost(peer, size, of))),
  };
}

/** Times within a tenth are equal: the next run may turn them round. */
function lost(peer, size, of) {
  const pair = (key) => [of(peer, size, "7", key), of("skylex, methods", size, "7", key)];
  const [instantiations, ownInstantiations] = pair("instantiations");
  const [total, ownTotal] = pair("total");
  const [files, ownFiles] = pair("files");
  const lines = [];
  if (instantiations < ownInstantiations) {
    lines.push(
      `${peer}, ${size}: ${instantiations} instantiations, skylex ${ownInstantiations}. A call returns a promise of skylex's own, which is one more generic type.`,
    );
  }
  if (total < ownTotal / 1.1) {
    const why =
      files < ownFiles ? `It reads ${files} files, skylex ${ownFiles}` : "See the spread: it was not so in every round";
    lines.push(`${peer}, ${size}: ${total} s in all, skylex ${ownTotal} s. ${why}.`);
  }
  return lines;
}
