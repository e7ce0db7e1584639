import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = join(import.meta.dirname, "../../..");
const consumer = readFileSync(join(import.meta.dirname, "sixty-calls.test-d.ts"), "utf8");

/** A project that has skylex installed as users have it: declarations, without the sources behind them. */
let project: string;

function compile(name: string, config: object): string {
  const file = join(project, `${name}.json`);
  writeFileSync(file, JSON.stringify(config));
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const argv = [tsc, "-p", file, "--extendedDiagnostics", "--singleThreaded"];
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${name}: ${stdout}${stderr}`);
  return stdout;
}

const valueOf = (diagnostics: string, label: string): number =>
  Number(new RegExp(`^${label}:\\s+(\\d+)`, "m").exec(diagnostics)?.[1]);

const typeRoots = [join(root, "node_modules/@types")];

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), "skylex-cost-"));
  const installed = join(project, "node_modules/skylex");
  mkdirSync(installed, { recursive: true });
  writeFileSync(join(project, "package.json"), '{ "type": "module" }');
  copyFileSync(join(root, "package.json"), join(installed, "package.json"));
  compile("declarations", {
    extends: join(root, "tsconfig.build.json"),
    compilerOptions: {
      rootDir: root,
      outDir: join(installed, "dist"),
      emitDeclarationOnly: true,
      declarationMap: false,
      sourceMap: false,
      inlineSources: false,
      typeRoots,
    },
    include: [join(root, "src"), join(root, "generated")],
  });
});

afterAll(() => rmSync(project, { recursive: true, force: true }));

/** Checks a file as a user's project would, all strictness on. */
function check(name: string, text: string): string {
  writeFileSync(join(project, `${name}.ts`), text);
  const compilerOptions = {
    noEmit: true,
    strict: true,
    target: "es2023",
    lib: ["es2024", "esnext"],
    module: "nodenext",
    skipLibCheck: true,
    types: ["node"],
    typeRoots,
  };
  return compile(name, { compilerOptions, files: [`${name}.ts`] });
}

test("the consumer calls sixty endpoints through the tree", () => {
  const endpoints = new Set(consumer.match(/\bclient(?:\.\w+){4}(?=\()/g));
  expect(endpoints.size).toBe(60);
});

test("sixty calls cost the type checker at most 2,500 instantiations", () => {
  const diagnostics = check("sixty-calls", consumer.replaceAll("../../../src/index.ts", "skylex"));
  expect(valueOf(diagnostics, "Files")).toBeGreaterThan(400);
  expect(valueOf(diagnostics, "Instantiations")).toBeGreaterThan(60);
  expect(valueOf(diagnostics, "Instantiations")).toBeLessThanOrEqual(2500);
});

test("one call costs next to nothing", () => {
  const text = `import { Client } from "skylex";
const profile = await new Client().app.bsky.actor.getProfile({ actor: "bsky.app" });
console.log(profile.displayName);
`;
  expect(valueOf(check("one-call", text), "Instantiations")).toBeLessThanOrEqual(25);
});
