import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";

const root = join(import.meta.dirname, "../../..");

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Job {
  readonly needs?: string;
  readonly "runs-on": string;
  readonly "timeout-minutes": number;
  readonly permissions?: unknown;
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly string[]>> };
  readonly steps: readonly Step[];
}
interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const read = (file: string): string => readFileSync(join(root, file), "utf8");
const names = globSync(".github/workflows/*.yml", { cwd: root });
const workflow = (name: string): Workflow => parse(read(`.github/workflows/${name}.yml`), { strict: true }) as Workflow;
const commands = ({ jobs }: Workflow): readonly string[] =>
  Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run = [] }) => run));
const { scripts, engines } = JSON.parse(read("package.json")) as {
  scripts: Record<string, string>;
  engines: { node: string };
};

test("there are two workflows", () => {
  expect(names.toSorted()).toEqual([".github/workflows/ci.yml", ".github/workflows/release.yml"]);
});

describe.each(["ci", "release"])("%s", (name) => {
  test("runs only what there is", () => {
    const asked = commands(workflow(name)).join("\n");
    const missing = [
      ...[...asked.matchAll(/npm (?:run|test) (?:-s )?([\w:]+)/g)]
        .map(([, script = ""]) => script)
        .filter((one) => !(one in scripts)),
      ...[...asked.matchAll(/(?:test|codegen|\.ci)\/[\w./-]+/g)]
        .map(([file]) => file)
        .filter((one) => !existsSync(join(root, one))),
    ];
    expect(asked).toMatch(/^\.ci\/run$/m);
    expect(missing).toEqual([]);
  });

  test("may do no more than it needs, names its actions by version and ends in time", () => {
    const { permissions, jobs } = workflow(name);
    expect(permissions).toEqual(name === "ci" ? { contents: "read" } : { contents: "read", "id-token": "write" });
    const all = Object.values(jobs);
    expect(all.filter((job) => job.permissions !== undefined || !(job["timeout-minutes"] <= 60))).toEqual([]);
    expect(all.flatMap(({ needs = [] }) => needs).filter((needed) => !(needed in jobs))).toEqual([]);
    const uses = all.flatMap(({ steps }) => steps.flatMap((step) => step.uses ?? []));
    expect(uses.length).toBeGreaterThan(1);
    expect(uses.filter((one) => !/^actions\/[a-z-]+@v\d+$/.test(one))).toEqual([]);
  });
});

test("what is checked before a release is what is checked of every change", () => {
  const [ci, release] = [commands(workflow("ci")), commands(workflow("release"))];
  for (const command of [".ci/run", "npm run check:package"]) {
    expect(ci).toContain(command);
    expect(release.indexOf(command)).toBeLessThan(release.findIndex((one) => one.startsWith("npm publish")));
    expect(release).toContain(command);
  }
  expect(statSync(join(root, ".ci/run")).mode & 0o111).not.toBe(0);
});

test("the package is tried on the oldest Node that is promised and on newer ones, with and without optional parts", () => {
  const matrix = workflow("ci").jobs["nodes"]?.strategy?.matrix;
  expect(matrix?.["node"]).toEqual([engines.node.slice(2), "24", "26"]);
  expect(matrix?.["flags"]).toEqual(["", "--omit=optional"]);
});
