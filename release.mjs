/**
 * Makes a release of what is on main: `npm run release -- patch|minor|major|VERSION [--dry-run]`. Runs all checks, sets the version,
 * commits and tags. Pushing the tag publishes: .github/workflows/release.yml.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

const usage = "Usage: npm run release -- patch|minor|major|VERSION [--dry-run]\n";
const root = import.meta.dirname;
const versionFile = join(root, "src/version.ts");
const steps = ["patch", "minor", "major"];

const git = (...args) => output("git", args);
const say = (text) => process.stdout.write(`${text}\n`);

const { wanted, isDry } = readArguments();
const { version: current } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const version = steps.includes(wanted) ? bumped(current, wanted) : wanted;
const tag = `v${version}`;

const problems = findProblems();
if (problems.length > 0) {
  stop(1, `${tag} was not made, and nothing was changed:\n${problems.map((one) => `- ${one}\n`).join("")}`);
}
if (isDry) {
  say(`${tag} can be made. It would run .ci/run, set the version from ${current} to ${version}, commit and tag.`);
  process.exit();
}
run("bash", [join(root, ".ci/run")]);
if (git("status", "--porcelain") !== "") stop(1, `The checks changed files. ${tag} was not made.\n`);
const before = git("rev-parse", "HEAD");
// Nothing was changed before, so that nothing is lost by going back.
const undo = () => spawnSync("git", ["reset", "--quiet", "--hard", before], { cwd: root, stdio: "inherit" });
run("npm", ["version", version, "--no-git-tag-version", "--allow-same-version", "--ignore-scripts"], undo);
writeFileSync(versionFile, readFileSync(versionFile, "utf8").replace(/"[\d.]+"/, JSON.stringify(version)));
// A version that was never released has nothing to set.
if (git("status", "--porcelain") !== "") run("git", ["commit", "--quiet", "--all", "--message", version], undo);
run("git", ["tag", "--annotate", tag, "--message", version], undo);
say(`Tagged ${tag}. This publishes it: git push --follow-tags origin main`);

function readArguments() {
  try {
    const { values, positionals } = parseArgs({ allowPositionals: true, options: { "dry-run": { type: "boolean" } } });
    const [only, ...more] = positionals;
    if (more.length === 0 && (steps.includes(only) || /^\d+\.\d+\.\d+$/.test(only))) {
      return { wanted: only, isDry: values["dry-run"] === true };
    }
  } catch {
    // An option that is not known.
  }
  return stop(2, usage);
}

/** Everything that stands against it, so that it is put right at once. */
function findProblems() {
  const found = [];
  const hasOrigin = git("remote").split("\n").includes("origin");
  // First of all, since others may have made the tag.
  if (hasOrigin) run("git", ["fetch", "--quiet", "--tags", "origin", "main"]);
  const changes = git("status", "--porcelain");
  if (changes !== "") found.push(`There are changes that are not committed:\n${changes.replaceAll(/^/gm, "    ")}`);
  const branch = git("branch", "--show-current");
  if (branch !== "main") found.push(`Releases are made on main, and this is ${branch || "no branch"}.`);
  if (git("tag", "--list", tag) !== "") found.push(`The tag ${tag} exists.`);
  else if (isOlder(version, current)) found.push(`${version} comes before ${current}, which the package has already.`);
  if (!changelog().split("\n").some(isHeading)) found.push(`CHANGELOG.md has no entry "## ${version}".`);
  if (hasOrigin) {
    const behind = Number(git("rev-list", "--count", "HEAD..FETCH_HEAD"));
    if (behind > 0) found.push(`main is ${behind} commits behind origin.`);
  }
  return found;
}

function changelog() {
  try {
    return readFileSync(join(root, "CHANGELOG.md"), "utf8");
  } catch {
    return "";
  }
}

/** `## 1.2.3`, with or without brackets and a date behind it */
function isHeading(line) {
  const [, found] = /^## \[?v?(\d+\.\d+\.\d+)\b/.exec(line) ?? [];
  return found === version;
}

function bumped(from, step) {
  const numbers = from.split(".").map(Number);
  const place = steps.toReversed().indexOf(step);
  return numbers.map((number, at) => (at < place ? number : at === place ? number + 1 : 0)).join(".");
}

function isOlder(one, other) {
  const [a, b] = [one, other].map((text) => text.split(".").map(Number));
  const place = a.findIndex((number, at) => number !== b[at]);
  return place !== -1 && a[place] < b[place];
}

function output(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: root, encoding: "utf8" });
  if (status !== 0) stop(1, `${command} ${args.join(" ")}: ${error?.message ?? stderr}\n`);
  return stdout.trim();
}

function run(command, args, undo = () => {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: "inherit" });
  if (status === 0) return;
  undo();
  stop(1, `${command} ${args.join(" ")} failed${error ? `: ${error.message}` : ""}. ${tag} was not made.\n`);
}

function stop(code, text) {
  process.stderr.write(text);
  process.exit(code);
}
