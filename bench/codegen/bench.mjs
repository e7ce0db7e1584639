/** Time to generate code for all official documents and one custom one. */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { measureNode } from "../measure/node-process.mjs";
import { interleave, rounds } from "../measure/rounds.mjs";
import { column, median, ratios, spread } from "../measure/statistics.mjs";
import { bench, installed, out, root } from "../places.mjs";
import { lexCli } from "../prepare.mjs";
import { table } from "../report.mjs";

const copy = (...parts) => out("codegen", ...parts);
const customDocument = copy("lexicons/custom/com/example/bench/getThing.json");

/** A copy of what codegen reads, so that the checkout's own generated code is left alone. */
function copyCodegen() {
  rmSync(copy(), { recursive: true, force: true });
  for (const part of ["package.json", "codegen", "lexicons"]) cpSync(join(root, part), copy(part), { recursive: true });
  for (const name of ["ts-morph", "@atproto/api", "@atproto/lexicon"]) {
    mkdirSync(dirname(copy("node_modules", name)), { recursive: true });
    symlinkSync(join(root, "node_modules", name), copy("node_modules", name), "junction");
  }
  changeDocument();
}

let edition = 0;

/** Writes the custom document as it has never been before. */
function changeDocument() {
  const properties = { name: { type: "string", description: `Edition ${edition++}` } };
  const document = {
    lexicon: 1,
    id: "com.example.bench.getThing",
    defs: { main: { type: "query", output: { encoding: "application/json", schema: { type: "object", properties } } } },
  };
  mkdirSync(dirname(customDocument), { recursive: true });
  writeFileSync(customDocument, JSON.stringify(document));
}

const clear = (folder) => rmSync(folder, { recursive: true, force: true });
const skylex = { argv: [copy("codegen/bootstrap.mjs"), "--quiet"], cwd: copy() };

/** Runs in the listed order or its reverse; each leaves complete output behind, which the next starts from. */
const cases = [
  { name: "empty process", argv: ["-e", "0"] },
  { name: "skylex, nothing changed", ...skylex },
  { name: "skylex, one document changed", ...skylex, prepare: changeDocument },
  { name: "skylex, all, cache warm", ...skylex, prepare: () => clear(copy("generated")) },
  {
    name: "skylex, all, cache cold",
    ...skylex,
    prepare: () => ["generated", "node_modules/.cache"].forEach((folder) => clear(copy(folder))),
  },
  {
    name: "@atcute/lex-cli generate",
    argv: [installed("@atcute/lex-cli/cli.mjs"), "generate", "-c", join(bench, "codegen/atcute.config.mjs")],
    prepare: () => clear(out("codegen-atcute")),
  },
  {
    name: "@atproto/lex build",
    argv: [lexCli, "build", "--lexicons", out("codegen-lexicons"), "--out", out("codegen-lex"), "--index-file"],
    prepare: () => clear(out("codegen-lex")),
    times: Number(process.env.LEX_RUNS ?? 1),
    cold: true,
  },
];

function measure({ argv, cwd, prepare }) {
  prepare?.();
  return measureNode(argv, { cwd });
}

export async function run() {
  copyCodegen();
  // lex build reads every JSON file of its folder, and a manifest is no document.
  clear(out("codegen-lexicons"));
  for (const part of ["official", "custom"]) {
    cpSync(copy("lexicons", part), out("codegen-lexicons", part), {
      recursive: true,
      filter: (path) => !path.endsWith(".md"),
    });
  }
  measureNode(skylex.argv, skylex);
  const rows = await interleave("codegen", cases, rounds(7), measure);
  if (!existsSync(copy("generated/root.ts"))) throw new Error("codegen wrote nothing");
  const documents = Object.keys(JSON.parse(readFileSync(copy("lexicons/manifest.json"), "utf8")).documents).length;

  const atcute = rows["@atcute/lex-cli generate"];
  const ratio = (name, base, key = "cpu") => median(ratios(rows[name], rows[base], key));
  const full = "skylex, all, cache warm";
  return {
    what: `${documents} documents (the official ones and one custom one) into an empty folder, then the same with little or nothing to do.
CPU is user and system time of all Node processes of a run. Cache: the compile cache codegen keeps in \`node_modules/.cache\`;
cold is the first run after an installation. "One document changed" is a custom one: the changed document is checked, and the files that
depend on it are made. The peers have no shorter way when little or nothing changed.`,
    tables: [
      table(
        ["generator", "CPU s", "wall s", "peak MiB", "CPU, × @atcute/lex-cli"],
        cases.map(({ name }) => [
          name,
          spread(column(rows[name], "cpu"), 2),
          spread(column(rows[name], "wall"), 2),
          median(column(rows[name], "memory")).toFixed(0),
          spread(ratios(rows[name], atcute, "cpu"), 2),
        ]),
      ),
    ],
    goals: [
      { what: "all documents, CPU, × @atcute/lex-cli", atMost: 1, measured: ratio(full, "@atcute/lex-cli generate") },
      {
        what: "all documents, wall, × @atcute/lex-cli",
        atMost: 1,
        measured: ratio(full, "@atcute/lex-cli generate", "wall"),
      },
      { what: "all documents, CPU, × lex build", atMost: 1 / 15, measured: 1 / ratio("@atproto/lex build", full) },
      { what: "nothing changed, CPU, × all", atMost: 0.3, measured: ratio("skylex, nothing changed", full) },
      { what: "one document changed, CPU, × all", atMost: 0.5, measured: ratio("skylex, one document changed", full) },
    ],
    lost: lost(ratio),
  };
}

function lost(ratio) {
  const atcute = "@atcute/lex-cli generate";
  const line = (name, why) => {
    const times = ratio(name, atcute);
    return times > 1 ? [`${name}: ${times.toFixed(2)} × the CPU of ${atcute}. ${why}`] : [];
  };
  return [
    ...line("skylex, all, cache warm", "It checks every document and writes methods and types, each file on its own."),
    ...line(
      "skylex, all, cache cold",
      "Stripping the types of codegen's own sources and compiling them is the difference to a warm cache.",
    ),
    ...line("skylex, one document changed", "All documents are read to find out what depends on what."),
  ];
}
