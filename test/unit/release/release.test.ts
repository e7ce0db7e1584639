import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "../../..");
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A repository on main with the script, a version 1.2.3 that was released, and entries for the next ones. */
class Repository {
  readonly folder = mkdtempSync(join(tmpdir(), "skylex-release-"));

  constructor() {
    folders.push(this.folder);
    for (const file of ["release.mjs", "src/version.ts"]) {
      mkdirSync(dirname(join(this.folder, file)), { recursive: true });
      copyFileSync(join(root, file), join(this.folder, file));
    }
    const manifest = { name: "skylex", version: "1.2.3", type: "module", files: ["src"] };
    this.write("package.json", `${JSON.stringify(manifest, null, 2)}\n`);
    const lock = { ...manifest, lockfileVersion: 3, requires: true, packages: { "": manifest } };
    this.write("package-lock.json", JSON.stringify(lock));
    this.write("src/version.ts", this.read("src/version.ts").replace(/"[\d.]+"/, '"1.2.3"'));
    this.write("CHANGELOG.md", "# Changes\n\n## 2.0.0\n\n## [1.3.0] - 2026-01-01\n\n## 1.2.4\n\n## 1.2.3\n");
    this.write(".ci/run", 'echo "all checks ran" && test ! -e fail\n');
    this.git("init", "--quiet", "--initial-branch=main");
    this.git("config", "user.name", "Tester");
    this.git("config", "user.email", "tester@example.com");
    this.commit("1.2.3");
    this.git("tag", "v1.2.3");
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(join(this.folder, file)), { recursive: true });
    writeFileSync(join(this.folder, file), text);
  }

  read(file: string): string {
    return readFileSync(join(this.folder, file), "utf8");
  }

  git(...args: readonly string[]): string {
    const { status, stdout, stderr } = spawnSync("git", args, { cwd: this.folder, encoding: "utf8" });
    if (status !== 0) throw new Error(`git ${args.join(" ")}: ${stderr}`);
    return stdout.trim();
  }

  commit(message: string): void {
    this.git("add", "--all");
    this.git("commit", "--quiet", "--message", message);
  }

  release(...args: readonly string[]): { readonly status: number | null; readonly said: string } {
    const { status, stdout, stderr } = spawnSync(process.execPath, ["release.mjs", ...args], {
      cwd: this.folder,
      encoding: "utf8",
    });
    return { status, said: stdout + stderr };
  }

  /** All that a release may change. */
  state(): string {
    return [this.git("rev-parse", "HEAD"), this.git("tag"), ...this.versions()].join("\n");
  }

  versions(): readonly string[] {
    const lock = JSON.parse(this.read("package-lock.json")) as {
      version: string;
      packages: { "": { version: string } };
    };
    return [
      (JSON.parse(this.read("package.json")) as { version: string }).version,
      lock.version,
      lock.packages[""].version,
      /"(.*)"/.exec(this.read("src/version.ts"))?.[1] ?? "",
    ];
  }
}

describe("a release", () => {
  test.each([
    ["patch", "1.2.4"],
    ["minor", "1.3.0"],
    ["major", "2.0.0"],
    ["1.3.0", "1.3.0"],
  ])("%s sets the version everywhere, commits and tags", (wanted, version) => {
    const repository = new Repository();
    const { status, said } = repository.release(wanted);
    expect([status, said]).toEqual([0, expect.stringContaining("all checks ran")]);
    expect(said).toContain(`Tagged v${version}. This publishes it: git push --follow-tags origin main`);
    expect(repository.versions()).toEqual([version, version, version, version]);
    expect(repository.git("status", "--porcelain")).toBe("");
    expect(repository.git("log", "--format=%s", "-2").split("\n")).toEqual([version, "1.2.3"]);
    expect(repository.git("cat-file", "-t", `v${version}`)).toBe("tag");
    expect(repository.git("rev-list", "-1", `v${version}`)).toBe(repository.git("rev-parse", "HEAD"));
  });

  test("a version that is set but was never released is only tagged", () => {
    const repository = new Repository();
    repository.git("tag", "--delete", "v1.2.3");
    const head = repository.git("rev-parse", "HEAD");
    expect(repository.release("1.2.3").status).toBe(0);
    expect([repository.git("rev-parse", "HEAD"), repository.git("tag")]).toEqual([head, "v1.2.3"]);
  });

  test("--dry-run says what would be done, and does none of it", () => {
    const repository = new Repository();
    const before = repository.state();
    const { status, said } = repository.release("minor", "--dry-run");
    expect([status, repository.state()]).toEqual([0, before]);
    expect(said).toBe(
      "v1.3.0 can be made. It would run .ci/run, set the version from 1.2.3 to 1.3.0, commit and tag.\n",
    );
  });
});

describe("refused is", () => {
  const refusals: readonly (readonly [string, (repository: Repository) => void, string, RegExp])[] = [
    [
      "a changed file",
      (r) => r.write("CHANGELOG.md", r.read("CHANGELOG.md") + "."),
      "patch",
      /not committed:\n +M CHANGELOG/,
    ],
    ["a new file", (r) => r.write("new.txt", ""), "patch", /not committed:\n +\?\? new\.txt/],
    ["another branch", (r) => r.git("switch", "--quiet", "--create", "topic"), "patch", /on main, and this is topic\./],
    ["no branch", (r) => r.git("switch", "--quiet", "--detach"), "patch", /on main, and this is no branch\./],
    ["a version without an entry", () => undefined, "1.2.30", /CHANGELOG\.md has no entry "## 1\.2\.30"/],
    ["a tag that exists", (r) => r.git("tag", "v1.3.0"), "minor", /The tag v1\.3\.0 exists\./],
    ["the version that was released last", () => undefined, "1.2.3", /The tag v1\.2\.3 exists\./],
    ["an older version", (r) => r.git("tag", "--delete", "v1.2.3"), "1.1.9", /1\.1\.9 comes before 1\.2\.3/],
    [
      "checks that fail",
      (r) => (r.write("fail", ""), r.commit("fail")),
      "patch",
      /\.ci\/run failed\. v1\.2\.4 was not made/,
    ],
    [
      "checks that change files",
      (r) => (r.write(".ci/run", "echo > left"), r.commit("left")),
      "patch",
      /changed files/,
    ],
  ];
  test.each(refusals)("%s", (_, prepare, wanted, reason) => {
    const repository = new Repository();
    prepare(repository);
    const before = repository.state();
    const { status, said } = repository.release(wanted);
    expect([status, repository.state()]).toEqual([1, before]);
    expect(said).toMatch(reason);
  });

  test("a main that others have pushed to, in one go with everything else that is wrong", () => {
    const repository = new Repository();
    const theirs = new Repository();
    rmSync(join(theirs.folder, ".git"), { recursive: true });
    spawnSync("git", ["clone", "--quiet", repository.folder, "clone"], { cwd: theirs.folder });
    repository.git("remote", "add", "origin", join(theirs.folder, "clone"));
    const clone = (...args: readonly string[]): unknown =>
      spawnSync("git", ["-C", join(theirs.folder, "clone"), ...args]);
    clone(
      "-c",
      "user.name=Other",
      "-c",
      "user.email=other@example.com",
      "commit",
      "--quiet",
      "--allow-empty",
      "-m",
      "more",
    );
    expect(repository.release("patch", "--dry-run")).toMatchObject({
      status: 1,
      said: expect.stringMatching(/1 commits behind origin/),
    });
    repository.write("new.txt", "");
    const { said } = repository.release("9.9.9");
    expect(said.split("\n").filter((line) => line.startsWith("- "))).toHaveLength(3);
  });

  test("K12 a tag that only others have so far", () => {
    const repository = new Repository();
    const theirs = join(repository.folder, "../", `${basename(repository.folder)}-origin`);
    folders.push(theirs);
    spawnSync("git", ["clone", "--quiet", "--bare", repository.folder, theirs]);
    spawnSync("git", ["-C", theirs, "tag", "v1.3.0"]);
    repository.git("remote", "add", "origin", theirs);
    const { status, said } = repository.release("minor");
    expect([status, said]).toEqual([1, expect.stringContaining("The tag v1.3.0 exists.")]);
    expect(said).not.toContain("all checks ran");
  });

  test.each([
    ["commit", "pre-commit"],
    ["tag", "reference-transaction"],
  ])("K12 a %s that git does not make, and the version is as it was", (_, hook) => {
    const repository = new Repository();
    // The hook sees every change of a reference: of tags it takes none.
    const refuses =
      hook === "pre-commit"
        ? "exit 1"
        : 'while read -r _ _ name; do case "$name" in refs/tags/*) exit 1;; esac; done; exit 0';
    repository.write(`.git/hooks/${hook}`, `#!/bin/sh\n${refuses}\n`);
    chmodSync(join(repository.folder, ".git/hooks", hook), 0o755);
    const before = repository.state();
    const { status, said } = repository.release("minor");
    expect([status, repository.state()]).toEqual([1, before]);
    expect(said).toContain("v1.3.0 was not made");
    expect(repository.git("status", "--porcelain")).toBe("");
  });

  test("what it does not understand, with the usage", () => {
    const repository = new Repository();
    for (const args of [[], ["next"], ["1.2"], ["1.2.4-beta"], ["patch", "minor"], ["patch", "--force"]]) {
      const { status, said } = repository.release(...args);
      expect([args, status, said]).toEqual([
        args,
        2,
        "Usage: npm run release -- patch|minor|major|VERSION [--dry-run]\n",
      ]);
    }
  });
});
