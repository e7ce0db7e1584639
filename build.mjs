/** Builds dist/: JavaScript and declarations from one run of tsc, less what no user of the package can reach. */
import { spawnSync } from "node:child_process";
import { chmodSync, globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const root = import.meta.dirname;
const dist = join(root, "dist");
const files = (pattern) => globSync(pattern, { cwd: dist }).map((file) => join(dist, file));

rmSync(dist, { recursive: true, force: true });
const tsc = join(root, "node_modules/typescript/bin/tsc");
const { status } = spawnSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], { cwd: root, stdio: "inherit" });
if (status !== 0) process.exit(status ?? 1);
dropEmptyModules();
dropMapsOfGenerated();
dropInnerDeclarations();
for (const command of ["codegen/cli.js", "src/cli/main.js"]) chmodSync(join(dist, command), 0o755);

/** Of a module that holds types only, nothing is left to run, and nothing imports it. */
function dropEmptyModules() {
  for (const file of files("**/*.js")) {
    if (!/^export \{\};\s*(\/\/# sourceMappingURL=.*\s*)?$/.test(readFileSync(file, "utf8"))) continue;
    rmSync(file);
    rmSync(`${file}.map`);
  }
}

/** Generated code is data, which nobody steps through. */
function dropMapsOfGenerated() {
  for (const file of files("generated/**/*.js")) {
    writeFileSync(file, readFileSync(file, "utf8").replace(/\/\/# sourceMappingURL=.*\s*$/, ""));
    rmSync(`${file}.map`);
  }
}

/** Keeps the declarations that an entry point leads to. Those of other modules name packages that may not be there. */
function dropInnerDeclarations() {
  const { exports, imports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const typesOf = (entry) => join(root, entry.types);
  const kept = new Set(
    Object.values(exports)
      .filter(({ types }) => types)
      .map(typesOf),
  );
  for (const file of kept) {
    for (const [, specifier] of readFileSync(file, "utf8").matchAll(/(?:from |import\()"([.#][^"]+)"/g)) {
      const target = imports[specifier] ? typesOf(imports[specifier]) : join(dirname(file), specifier);
      kept.add(target.replace(/(?:\.d)?\.[jt]s$/, ".d.ts"));
    }
  }
  for (const file of files("**/*.d.ts")) if (!kept.has(file)) rmSync(file);
}
