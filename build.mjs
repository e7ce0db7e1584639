/**
 * Builds dist/: JavaScript of few modules, bundled because each module costs time at import, and the declarations that an
 * entry point leads to.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { rolldown } from "rolldown";

const root = import.meta.dirname;
const dist = join(root, "dist");
const { bin, exports, imports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const typesOf = (entry) => join(root, entry.types);
/** Those of modules. Patterns stand for declarations alone, which entry points lead to. */
const entryPoints = Object.values(exports).filter((entry) => entry.types && entry.default);

/**
 * What is always loaded together, as one chunk: all that a module imports, less the layers above. Rolldown by itself makes a
 * chunk of each module that something else imports, too.
 */
const layers = [
  ["runtime", "src/runtime.ts"],
  ["definitions", "generated/definitions.ts"],
  ["client", "src/index.ts"],
  ["first-call", "src/client/client-runtime.ts"],
  ["storage", "src/storage/memory/index.ts"],
  ["command", "src/cli/run.ts", "src/cli/commands/call.ts"],
];
const imported = new Map();
/** Sources that come with the package, by their places here: those that declarations lead to. */
const shipped = new Map();

/** To import one of Node's own modules evaluates all it exports, threads and a REPL among it; to look it up does not. */
const lookUpBuiltins = {
  name: "look-up-builtins",
  renderChunk: (code) => ({
    code: code.replace(/^import ([\w$]+)?(?:, )?(\{.*\})? ?from "(node:.*)";$/gm, (_, whole, parts, name) => {
      const module = `process.getBuiltinModule("${name}")`;
      const names = [whole, parts?.replaceAll(" as ", ": ")].filter(Boolean);
      return `const ${names.map((one) => `${one} = ${module}`).join(", ")};`;
    }),
    // Lines stay where they are.
    map: null,
  }),
};

rmSync(dist, { recursive: true, force: true });
declare();
await bundle();
for (const command of Object.values(bin)) chmodSync(join(root, command), 0o755);

function declare() {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { status } = spawnSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
  dropInnerDeclarations();
}

/** Keeps the declarations that an entry point leads to. Those of other modules name packages that may not be there. */
function dropInnerDeclarations() {
  const kept = new Set(entryPoints.map(typesOf));
  for (const file of kept) {
    for (const [, specifier] of readFileSync(file, "utf8").matchAll(/(?:from |import\()"([.#][^"]+)"/g)) {
      const target = imports[specifier] ? typesOf(imports[specifier]) : join(dirname(file), specifier);
      kept.add(target.replace(/(?:\.d)?\.[jt]s$/, ".d.ts"));
    }
  }
  for (const name of globSync("**/*.d.ts", { cwd: dist })) {
    const file = join(dist, name);
    if (!kept.has(file)) rmSync(file);
    if (!kept.has(file) || name.startsWith("generated")) dropMap(file);
    else shipSource(`${file}.map`);
  }
}

/** Editors go from a declaration to its source, which they look for on the disk. */
function shipSource(map) {
  const { sources, ...rest } = JSON.parse(readFileSync(map, "utf8"));
  const [source] = sources.map((one) => resolve(dirname(map), one));
  const copy = join(dist, "sources", relative(root, source));
  mkdirSync(dirname(copy), { recursive: true });
  copyFileSync(source, copy);
  shipped.set(source, copy);
  writeFileSync(map, JSON.stringify({ ...rest, sources: [slashes(relative(dirname(map), copy))] }));
}

function slashes(path) {
  return path.replaceAll("\\", "/");
}

/** Takes the map of a file away, and what names it. */
function dropMap(file) {
  rmSync(`${file}.map`, { force: true });
  if (!existsSync(file)) return;
  writeFileSync(file, readFileSync(file, "utf8").replace(/\/\/# sourceMappingURL=.*\s*$/, ""));
}

/** Entry points stay where package.json has them; what several share, or load on demand, goes to dist/chunks. */
async function bundle() {
  const modules = [...entryPoints.map((entry) => entry.default), ...Object.values(bin)];
  const names = modules.map((file) => file.replace(/^(?:\.\/)?dist\/(.*)\.js$/, "$1"));
  const build = await rolldown({
    cwd: root,
    input: {
      ...Object.fromEntries(names.map((name) => [name, `${name}.ts`])),
      // A process of its own, which a chunk looks for beside itself.
      "chunks/exit-writer": "src/storage/sql/stores/exit-writer.ts",
    },
    platform: "neutral",
    external: (id) => /^[^./#]/.test(id) && !id.startsWith(root) && id !== "commander",
    resolve: { conditionNames: ["skylex-source", "import"], symlinks: false },
    plugins: [lookUpBuiltins],
    transform: { target: "es2024" },
    onLog(level, log) {
      throw new Error(`${level}: ${log.message}`);
    },
  });
  const { output } = await build.write({
    dir: dist,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "chunks/[name].js",
    codeSplitting: {
      groups: layers.map(([name, ...files], at) => ({
        name: (id, graph) => (files.some((file) => importsOf(join(root, file), graph).has(id)) ? name : null),
        debugName: name,
        priority: layers.length - at,
      })),
    },
    sourcemap: true,
    // Declarations have the docstrings.
    comments: { jsdoc: false },
    minifyInternalExports: false,
  });
  await build.close();
  // Only the command has it, so it comes with the command, and its licence with it.
  copyFileSync(join(root, "node_modules/commander/LICENSE"), join(dist, "chunks/commander.LICENSE.txt"));
  for (const { fileName, moduleIds = [] } of output) {
    const file = join(dist, fileName);
    // Generated code is data, which nobody steps through.
    if (moduleIds.length > 0 && moduleIds.every((id) => id.startsWith(join(root, "generated")))) dropMap(file);
    else if (existsSync(`${file}.map`)) referToShipped(`${file}.map`);
  }
}

/** Sources that come with the package need not be in maps as well. */
function referToShipped(map) {
  const { sources, sourcesContent, ...rest } = JSON.parse(readFileSync(map, "utf8"));
  const copies = sources.map((source) => shipped.get(resolve(dirname(map), source)));
  const places = sources.map((source, at) =>
    copies[at] === undefined ? source : slashes(relative(dirname(map), copies[at])),
  );
  const texts = sourcesContent.map((text, at) => (copies[at] === undefined ? text : null));
  writeFileSync(map, JSON.stringify({ ...rest, sources: places, sourcesContent: texts }));
}

/** The modules that are loaded with a module, itself among them. */
function importsOf(file, graph) {
  let found = imported.get(file);
  if (found === undefined) {
    found = new Set([file]);
    for (const id of found) for (const next of graph.getModuleInfo(id)?.importedIds ?? []) found.add(next);
    imported.set(file, found);
  }
  return found;
}
