import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const at = (path: string): string => new URL(`../../../src/storage/${path}`, import.meta.url).href;

/** Runs code in a fresh process, in an empty folder, and gives the packages and built-ins of note that it loaded. */
function loaded(code: string): { readonly packages: readonly string[]; readonly files: readonly string[] } {
  const folder = mkdtempSync(join(tmpdir(), "skylex-loading-"));
  const script = `
    import { registerHooks } from "node:module";
    const seen = new Set();
    registerHooks({ load(url, context, next) {
      const found = /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url);
      if (found) seen.add(found[1]);
      return next(url, context);
    } });
    ${code}
    const heavy = process.moduleLoadList.filter((name) => /NativeModule (crypto|net|tls|http)$/.test(name));
    console.log(JSON.stringify([...seen, ...heavy]));`;
  try {
    // What is loaded before every program of a test loads something, too.
    const { BSKY_SQLITE_FILENAME: _, NODE_OPTIONS: __, ...env } = process.env;
    const child = spawnSync(process.execPath, ["--conditions=skylex-source", "--input-type=module", "-e", script], {
      cwd: folder,
      encoding: "utf8",
      env,
    });
    expect(child.stderr).toBe("");
    return { packages: JSON.parse(child.stdout) as string[], files: readdirSync(folder) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("loading", () => {
  test.each([
    "ports/index.ts",
    "../core/errors/index.ts",
    "memory/index.ts",
    "shared/encryption.ts",
    "create.ts",
    "sql/index.ts",
  ])("importing %s loads no package", (path) => {
    expect(loaded(`await import(${JSON.stringify(at(path))});`)).toEqual({ packages: [], files: [] });
  });

  test("A2.8 making and closing storage opens no file and no socket, and loads no package", () => {
    const code = `
      const { createStorage } = await import(${JSON.stringify(at("create.ts"))});
      for (const option of [undefined, "postgres://me:secret@192.0.2.1/x"]) {
        const storage = createStorage(option, { encryptionKey: "key" });
        await storage.close();
      }`;
    expect(loaded(code)).toEqual({ packages: [], files: [] });
  });

  test("A2.8 importing the root, making a client and closing it opens no file, and loads no package", () => {
    const code = `
      const { Client } = await import(${JSON.stringify(at("../index.ts"))});
      await new Client().close();
      await new Client({ storage: "postgres://me:secret@192.0.2.1/x" }).log.flush();`;
    expect(loaded(code)).toEqual({ packages: [], files: [] });
  });

  test("A2.5 the first use makes skylex.db in the working directory, without PostgreSQL's driver or the migrator's relatives", () => {
    const code = `
      const { createStorage } = await import(${JSON.stringify(at("create.ts"))});
      const storage = createStorage(undefined, { env: {} });
      await storage.calls.query();
      await storage.close();`;
    const { packages, files } = loaded(code);
    expect(files).toEqual(["skylex.db"]);
    expect(packages).toContain("@mikro-orm/sqlite");
    expect(packages).not.toContain("pg");
  });

  test("a Node that SQLite would bring down is told so before anything is loaded or sent", () => {
    const code = `
      import assert from "node:assert";
      Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } });
      const { Client } = await import(${JSON.stringify(at("../index.ts"))});
      const fetch = () => assert.fail("it was sent");
      const told = { name: "StorageError", message: "SQLite needs Node 22.17 or newer, and this is 20.20.2. Nothing was sent." };
      await assert.rejects(new Client({ fetch }).app.bsky.actor.getProfile({ actor: "alice.test" }), told);
      const { createStorage } = await import(${JSON.stringify(at("create.ts"))});
      await assert.rejects(createStorage(undefined, { env: {} }).open(), told);`;
    const { packages, files } = loaded(code);
    expect([packages.filter((name) => name.includes("sqlite")), files]).toEqual([[], []]);
  });

  test("a process that forgot to close ends by itself", () => {
    const code = `
      const { createStorage } = await import(${JSON.stringify(at("create.ts"))});
      await createStorage(":memory:").calls.query();`;
    expect(loaded(code).files).toEqual([]);
  });
});
