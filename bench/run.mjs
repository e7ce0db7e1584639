/** Runs all benches, or the named ones: `npm run bench -- codegen imports`. */
import { mkdirSync } from "node:fs";
import { out } from "./places.mjs";
import { generateLexTree, installPeers, stageSkylex } from "./prepare.mjs";
import { publish } from "./report.mjs";

/** Cheap and exact ones first, so that something is there when a long run is cut short. */
const names = [
  "typecheck",
  "bundle",
  "imports",
  "codegen",
  "calls",
  "validate",
  "start",
  "cli",
  "video",
  "streams",
  "post",
  "images",
  "install",
  "log",
  "budget",
  "history",
  "memory",
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`There is no bench ${unknown.join(", ")}. There are: ${names.join(", ")}\n`);
  process.exit(2);
}
installPeers();
mkdirSync(out(), { recursive: true });
stageSkylex();
generateLexTree();
for (const name of names.filter((name) => wanted.length === 0 || wanted.includes(name))) {
  process.stderr.write(`${name} …\n`);
  const { run } = await import(`./${name}/bench.mjs`);
  publish(names, name, await run());
}
