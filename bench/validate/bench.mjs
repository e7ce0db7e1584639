/** CPU of checking what is sent and received, beside `@atproto/lexicon` alone. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { interleave, rounds } from "../measure/rounds.mjs";
import { column, median, spread } from "../measure/statistics.mjs";
import { bench } from "../places.mjs";
import { table } from "../report.mjs";
import { cases, sizes } from "./checks.mjs";

const cpuMs = process.env.CPU_MS ?? "400";

function runScript(script, ...args) {
  const argv = [join(bench, "validate", script), ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${args.join(" ")}: ${stderr.slice(0, 1000)}`);
  return JSON.parse(stdout);
}

const subjects = [
  ["post", `createRecord with a post, ${sizes.post} B`],
  ["input", `putPreferences, ${sizes.input} B`],
  ["answer", `getTimeline, an answer of ${Math.round(sizes.answer / 1000)} kB`],
];

export async function run() {
  const steady = Object.keys(cases).map((name) => ({ name }));
  const rows = await interleave("validate", steady, rounds(3), ({ name }) => runScript("measure.mjs", name, cpuMs), {
    warmups: 0,
  });
  const firsts = [{ name: "on" }, { name: "off" }];
  const first = await interleave("validate-first", firsts, rounds(5), ({ name }) => runScript("first.mjs", name));
  const cpu = (name) => median(column(rows[name], "cpu"));
  const toLexicon = (what) => cpu(`${what}, check alone`) / cpu(`${what}, @atproto/lexicon alone`);
  const toParse = (name) => cpu(`answer text, ${name}`) / cpu("answer text, JSON.parse");
  const columns = ["not checked", "checked", "check alone", "@atproto/lexicon alone"];
  return {
    what: `CPU in µs of a call through the whole client, its log in memory, with answers from nowhere, with and without the check; of the
check by itself, from the text that is sent or the answer that was read; and of \`@atproto/lexicon\` alone, from plain data to its verdict,
which stops at the first thing wrong and knows neither record keys nor blobs nor facets. Then answers read and checked from their text
as each client has it. Then the first checked write of a process, which loads the package and the documents it needs, in CPU ms.`,
    tables: [
      table(
        ["call", ...columns.map((name) => `${name}, µs`), "check, × @atproto/lexicon"],
        subjects.map(([what, title]) => [
          title,
          ...columns.map((name) => spread(column(rows[`${what}, ${name}`], "cpu"), 0)),
          toLexicon(what).toFixed(2),
        ]),
      ),
      table(
        [`answer of ${Math.round(sizes.answer / 1000)} kB, from its text`, "CPU µs", "× JSON.parse"],
        readers.map((name) => [
          name === "JSON.parse" ? "JSON.parse, not checked" : name,
          spread(column(rows[`answer text, ${name}`], "cpu"), 0),
          toParse(name).toFixed(2),
        ]),
      ),
      table(
        ["first write, CPU ms", "not checked", "checked"],
        [["createRecord with a post", spread(column(first.off, "cpu"), 0), spread(column(first.on, "cpu"), 0)]],
      ),
    ],
    goals: subjects.map(([what, title]) => ({
      what: `${title}: the check, × @atproto/lexicon alone`,
      atMost: what === "answer" ? 1 : 2.5,
      measured: toLexicon(what),
    })),
    lost: readers.slice(2).flatMap((name) => (toParse(name) < toParse("skylex") ? [reasons(name, toParse)] : [])),
  };
}

const readers = ["JSON.parse", "skylex", "@atproto/lexicon", "@atcute/lexicons", "@atproto/lex"];
const reasons = (name, toParse) =>
  `${name}, an answer from its text: ${toParse(name).toFixed(1)} × JSON.parse, skylex ${toParse("skylex").toFixed(1)}. Its checks are code of their own for each type; skylex makes its checks of the lexicon documents when they are first needed.`;
