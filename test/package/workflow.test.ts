import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, inject, test } from "vitest";
import { parse } from "yaml";
import { root, run } from "./project.ts";

const { tarball } = inject("package");

test("what the workflow does on every Node and system works here", () => {
  const { jobs } = parse(readFileSync(join(root, ".github/workflows/ci.yml"), "utf8")) as {
    jobs: { nodes: { steps: { run?: string }[] } };
  };
  const commands = jobs.nodes.steps.flatMap(({ run: command = [] }) => command).join("\n");
  const checkout = mkdtempSync(join(tmpdir(), "skylex-workflow-"));
  try {
    for (const file of ["package.json", "test/package"])
      cpSync(join(root, file), join(checkout, file), { recursive: true });
    mkdirSync(join(checkout, "packed"));
    copyFileSync(tarball, join(checkout, "packed", basename(tarball)));
    const script = commands.replaceAll("${{ matrix.flags }}", "");
    expect(script).not.toContain("${{");
    const said = run("bash", ["-e", "-c", script], checkout, { npm_config_prefer_offline: "true" });
    expect(said).toContain(`"node":"${process.versions.node}","displayName":"Alice"`);
    expect(said).toContain("Usage: skylex");
  } finally {
    rmSync(checkout, { recursive: true, force: true });
  }
});
