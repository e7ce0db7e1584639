/**
 * Makes sure that what codegen writes is there and current, before anything that needs it. Plain JavaScript, because it is
 * what a checkout starts with: also on a system whose Node is too old for the project, and after an installation without
 * install scripts. Arguments go to codegen.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import module from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = dirname(fileURLToPath(import.meta.url));
const bin = join(dirname(folder), "node_modules", ".bin");
const [major, minor] = process.versions.node.split(".").map(Number);
const args = process.argv.slice(2).filter((argument) => argument !== "--always");
const quiet = process.argv.includes("--always") ? [] : ["--quiet"];

if (major > 22 || (major === 22 && minor >= 18)) {
  // Before the first source: what keeps compiled code also keeps sources without their types.
  if (existsSync(dirname(bin))) module.enableCompileCache(join(dirname(bin), ".cache/skylex/compile"));
  const { main } = await import("./cli.ts");
  process.exitCode = await main([...quiet, ...args]);
} else {
  const node = join(bin, process.platform === "win32" ? "node.cmd" : "node");
  // The package brings its binary by an install script, which --ignore-scripts leaves out.
  if (!existsSync(node)) run("npm", ["rebuild", "node"]);
  process.exitCode = run(node, [join(folder, "cli.ts"), ...quiet, ...args]);
}

function run(command, argv) {
  const { status, error } = spawnSync(command, argv, { stdio: "inherit", cwd: dirname(folder) });
  if (error) throw error;
  return status ?? 1;
}
