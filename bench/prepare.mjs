/** What must be there before anything is measured: the peers, skylex as a package, and the code @atproto/lex generates. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bench, installed, official, out, root, staged } from "./places.mjs";

const digest = (text) => createHash("sha256").update(text).digest("hex");

function run(command, argv, options = {}) {
  const { status, error, stdout } = spawnSync(command, argv, { encoding: "utf8", ...options });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${argv.join(" ")}: exit ${status}\n${(stdout ?? "").slice(-2000)}`);
}

/** Does something once for each state of its inputs, which `key` stands for. */
function once(stampFile, key, work) {
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === key) return;
  work();
  writeFileSync(stampFile, key);
}

/** Installs the peers, on first use and whenever the lockfile has changed. */
export function installPeers() {
  const lock = digest(readFileSync(join(bench, "package-lock.json")));
  once(installed(".installed"), lock, () => {
    process.stderr.write("Installing the peers into bench/node_modules …\n");
    const npm = process.platform === "win32" ? "npm.cmd" : "npm";
    run(npm, ["ci", "--prefix", bench, "--no-audit", "--no-fund"], {
      cwd: bench,
      stdio: ["ignore", "ignore", "inherit"],
    });
  });
}

/** Builds skylex and puts what a user would install where the peers are. */
export function stageSkylex() {
  run(process.execPath, ["build.mjs"], { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  rmSync(staged(), { recursive: true, force: true });
  mkdirSync(staged(), { recursive: true });
  for (const part of ["package.json", "dist", "lexicons"]) cpSync(join(root, part), staged(part), { recursive: true });
  rmSync(installed("skylex"), { recursive: true, force: true });
  symlinkSync(staged(), installed("skylex"), "junction");
}

export const lexCli = installed("@atproto/lex/bin/lex");

/** @atproto/lex has no code of its own for the official lexicons: its users generate it, and some compile it. */
export function generateLexTree() {
  const documents = globSync("**/*.json", { cwd: official }).toSorted();
  const { version } = JSON.parse(readFileSync(installed("@atproto/lex/package.json"), "utf8"));
  const key = digest([version, ...documents.map((file) => readFileSync(join(official, file), "utf8"))].join("\0"));
  mkdirSync(out(), { recursive: true });
  once(out("lex.stamp"), key, () => {
    process.stderr.write("Generating and compiling the code of @atproto/lex, which takes a minute …\n");
    const build = ["build", "--lexicons", official, "--out", out("lex"), "--clear", "--index-file"];
    run(process.execPath, [lexCli, ...build], { cwd: bench });
    const compilerOptions = {
      strict: true,
      target: "es2023",
      lib: ["es2024", "esnext", "dom", "dom.iterable"],
      module: "nodenext",
      declaration: true,
      skipLibCheck: true,
      types: ["node"],
      rootDir: "lex",
      outDir: "lex-js",
    };
    writeFileSync(out("tsconfig.lex.json"), JSON.stringify({ compilerOptions, include: ["lex/**/*.ts"] }));
    run(process.execPath, [installed("typescript/bin/tsc"), "-p", out("tsconfig.lex.json")], { cwd: bench });
  });
}
