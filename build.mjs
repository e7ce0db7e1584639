/** Builds dist/: JavaScript and declarations from one run of tsc, less the modules that hold types only and are empty. */
import { spawnSync } from "node:child_process";
import { chmodSync, globSync, rmSync } from "node:fs";
import { join } from "node:path";

const root = import.meta.dirname;
const dist = join(root, "dist");

rmSync(dist, { recursive: true, force: true });
const { status } = spawnSync(
  process.execPath,
  [join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json"],
  {
    cwd: root,
    stdio: "inherit",
  },
);
if (status !== 0) process.exit(status ?? 1);
for (const file of globSync("generated/types/**/*.{js,js.map}", { cwd: dist })) rmSync(join(dist, file));
for (const command of ["codegen/cli.js", "src/cli/main.js"]) chmodSync(join(dist, command), 0o755);
