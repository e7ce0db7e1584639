import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { out } from "../places.mjs";

const hook = join(import.meta.dirname, "report-usage.cjs");

/**
 * Runs Node with `argv` in a fresh process.
 *
 * @returns seconds of wall time and CPU (the sum over all Node processes of the run; native children are not seen) and peak
 * memory in MiB of the largest of them
 */
export function measureNode(argv, { cwd, env = {} } = {}) {
  mkdirSync(out(), { recursive: true });
  const usageFile = out(`usage-${process.pid}.jsonl`);
  const start = performance.now();
  const child = spawnSync(process.execPath, argv, {
    cwd: cwd ?? out(),
    encoding: "utf8",
    maxBuffer: 1 << 28,
    env: {
      ...process.env,
      ...env,
      NODE_NO_WARNINGS: "1",
      BENCH_USAGE_FILE: usageFile,
      NODE_OPTIONS: `--require ${JSON.stringify(hook)}`,
    },
  });
  const wall = (performance.now() - start) / 1000;
  if (child.status !== 0) {
    throw new Error(
      `node ${argv.join(" ")}: exit ${child.status}\n${child.stdout.slice(-1000)}${child.stderr.slice(-2000)}`,
    );
  }
  const parts = readFileSync(usageFile, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  rmSync(usageFile);
  const sum = (key) => parts.reduce((total, part) => total + part[key], 0);
  return {
    wall,
    cpu: sum("user") + sum("system"),
    user: sum("user"),
    memory: Math.max(...parts.map((part) => part.memory)),
  };
}
