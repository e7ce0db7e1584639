import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createStorage } from "../../../src/storage/create.ts";
import { StorageError } from "../../../src/core/errors/index.ts";
import { drift } from "./inspect.ts";
import { runWorkers } from "./workers.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "skylex-faults-"));
  file = join(folder, "s.db");
});
afterEach(() => {
  chmodSync(folder, 0o755);
  rmSync(folder, { recursive: true });
});

const call = { timestamp: 1, hostname: "h", endpoint: "e" };

async function failure(promise: Promise<unknown>): Promise<StorageError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StorageError);
  return error as StorageError;
}

describe("SQLite", () => {
  test("the migrated schema equals the entities", async () => {
    expect(await drift(file)).toBe("");
    expect(await drift(file, "alter table bsky_session drop column handle")).toContain("handle");
  });

  test.each(["delete", "wal"])(
    "A2.10 a database made by pysky (journal mode %s) is left as it is, byte for byte, and named in the error",
    async (mode) => {
      const pysky = new Database(file);
      pysky.pragma(`journal_mode = ${mode}`);
      pysky.exec(`create table bsky_session (id integer primary key, accessJwt text, refreshJwt text);
        create table bsky_user_profile (id integer primary key, did text, displayName text);
        insert into bsky_session (accessJwt) values ('kept');`);
      pysky.close();
      const before = readFileSync(file);
      const storage = createStorage(file);
      const error = await failure(storage.open());
      await storage.close();
      expect(error.code).toBe("foreign-schema");
      expect(error.message).toContain("pysky");
      expect(error.message).toContain(file);
      expect(error.message).toContain("BSKY_SQLITE_FILENAME");
      expect(readFileSync(file).equals(before)).toBe(true);
    },
  );

  test("a file that is no database, or a damaged one, is named and not touched", async () => {
    writeFileSync(file, "just some text, and quite a lot of it\n".repeat(200));
    const before = readFileSync(file);
    const error = await failure(createStorage(file).open());
    expect([error.code, error.location]).toEqual(["corrupt", file]);
    expect(readFileSync(file).equals(before)).toBe(true);

    const damaged = join(folder, "damaged.db");
    const storage = createStorage(damaged);
    await storage.calls.append(Array.from({ length: 500 }, () => call));
    await storage.close();
    const bytes = readFileSync(damaged);
    bytes.fill(0xff, 4096, 3 * 4096);
    writeFileSync(damaged, bytes);
    const again = createStorage(damaged);
    expect((await failure(again.calls.append([call]))).code).toBe("corrupt");
    await again.close();
  });

  test("a missing folder, or a folder in place of the file, is said to be so", async () => {
    const missing = await failure(createStorage(join(folder, "no", "such", "s.db")).open());
    expect(missing.code).toBe("unreachable");
    expect(missing.message).toContain("folder exists");
    mkdirSync(file);
    expect((await failure(createStorage(file).open())).code).toBe("unreachable");
  });

  test("a file or folder that may not be written gives `read-only`", async () => {
    const storage = createStorage(file);
    await storage.calls.append([call]);
    await storage.close();
    chmodSync(file, 0o444);
    chmodSync(folder, 0o555);
    // Root may write anything, so the attempt is made as somebody who owns nothing here.
    const nobody = process.getuid?.() === 0 ? { uid: 65_534 } : {};
    expect(await runWorkers(1, "code", file, nobody)).toEqual(["read-only"]);
    expect(await runWorkers(1, "code", join(folder, "new.db"), nobody)).toEqual(["unreachable"]);
  });

  test("a full disk gives `disk-full`, and costs only the batch that did not fit", async () => {
    const connection = new Database(file);
    const storage = createStorage(connection);
    await storage.calls.append([call]);
    connection.pragma(`max_page_count = ${String(connection.pragma("page_count", { simple: true }))}`);
    const error = await failure(storage.calls.append(Array.from({ length: 5000 }, () => call)));
    expect(error.code).toBe("disk-full");
    connection.pragma("max_page_count = 100000");
    expect((await storage.calls.query()).length).toBe(1);
    await storage.close();
    connection.close();
  });

  test("a first open that failed is tried again by the next call", async () => {
    const inner = join(folder, "later", "s.db");
    const storage = createStorage(inner);
    await failure(storage.open());
    mkdirSync(join(folder, "later"));
    await storage.calls.append([call]);
    expect((await storage.calls.query()).length).toBe(1);
    await storage.close();
  });

  test("a file that stays locked gives `busy` after the time it was given", async () => {
    const storage = createStorage(file, { busyTimeoutMs: 30 });
    await storage.open();
    const other = new Database(file);
    other.exec("begin immediate");
    const error = await failure(storage.calls.append([call]));
    expect(error.code).toBe("busy");
    other.exec("commit");
    other.close();
    await storage.calls.append([call]);
    await storage.close();
  });

  test("instants are text that SQLite's own date functions compare with", async () => {
    const storage = createStorage(file);
    await storage.calls.append([
      { ...call, timestamp: Date.now() - 30 * 60_000 },
      { ...call, timestamp: Date.UTC(2026, 0, 2) },
    ]);
    await storage.close();
    const connection = new Database(file, { readonly: true });
    const text = connection.prepare("select timestamp from bsky_api_call_log order by id desc").pluck().get();
    const recent = connection.prepare(
      "select count(*) from bsky_api_call_log where timestamp > datetime('now', '-1 hour')",
    );
    expect([text, recent.pluck().get()]).toEqual(["2026-01-02 00:00:00.000", 1]);
    connection.close();
  });

  test("a new file is for its owner only, and so are those SQLite makes beside it", async () => {
    const storage = createStorage(file);
    await storage.calls.append([call]);
    const modes = readdirSync(folder).map((name) => statSync(join(folder, name)).mode & 0o777);
    expect(modes).toEqual([0o600, 0o600, 0o600]);
    await storage.close();
  });

  test.each([
    ["a link to nothing", ["target.db"]],
    ["a link by a whole path", [(where: string) => join(where, "target.db")]],
    ["links to one another", ["between", "target.db"]],
    ["a link into another folder", [join("inner", "target.db")]],
  ])("T6 a new file behind %s is for its owner only, and so are those beside it", async (_, links) => {
    mkdirSync(join(folder, "inner"));
    let name = file;
    for (const link of links) {
      const target = typeof link === "string" ? link : link(folder);
      symlinkSync(target, name);
      name = resolve(folder, target);
    }
    const storage = createStorage(file);
    await storage.calls.append([call]);
    const made = readdirSync(dirname(name)).filter((one) => one.startsWith("target.db"));
    expect(made.map((one) => statSync(join(dirname(name), one)).mode & 0o777)).toEqual([0o600, 0o600, 0o600]);
    await storage.close();
  });

  test("T6 a link that leads to itself is refused, and nothing is made", async () => {
    symlinkSync("s.db", file);
    const error = await failure(createStorage(file).open());
    expect(error.code).toBe("unreachable");
    expect(readdirSync(folder)).toEqual(["s.db"]);
  });

  test("A4.12 with a key, no token is readable anywhere in the files", async () => {
    const storage = createStorage(file, { env: { BSKY_SESSION_KEY: "a passphrase" } });
    const tokens = { accessJwt: "eyJhbGciOi.access-token.sig", refreshJwt: "eyJhbGciOi.refresh-token.sig" };
    const saved = { service: "https://pds.example", did: "did:plc:a", createMethod: "create", ...tokens } as const;
    await storage.sessions.save(saved);
    await storage.sessions.save({ ...saved, createMethod: "refresh" }, { ifGeneration: 1 });
    const files = (): string =>
      readdirSync(folder)
        .map((name) => readFileSync(join(folder, name), "latin1"))
        .join("");
    expect(files()).toContain("did:plc:a");
    for (const token of Object.values(tokens)) expect(files()).not.toContain(token);
    expect(await storage.sessions.find("https://pds.example", "did:plc:a")).toMatchObject(tokens);
    await storage.close();
    expect(readdirSync(folder)).toEqual(["s.db"]);
    for (const token of Object.values(tokens)) expect(files()).not.toContain(token);
  });

  test("tokens that were replaced or deleted are gone from the file", async () => {
    const storage = createStorage(file, { env: {} });
    const saved = { service: "https://pds.example", did: "did:plc:a", createMethod: "create" } as const;
    await storage.sessions.save({ ...saved, accessJwt: "first-access", refreshJwt: "first-refresh".repeat(300) });
    await storage.sessions.save({ ...saved, accessJwt: "second-access", refreshJwt: "short" });
    await storage.close();
    expect(readFileSync(file, "latin1")).toContain("second-access");
    expect(readFileSync(file, "latin1")).not.toContain("first-");
    const again = createStorage(file, { env: {} });
    await again.sessions.delete(saved.service, saved.did);
    await again.close();
    expect(readFileSync(file, "latin1")).not.toContain("second-access");
  });

  test("rows of before the key are read, and encrypted when they are next stored; another key is refused", async () => {
    const saved = {
      service: "https://pds.example",
      did: "did:plc:a",
      accessJwt: "acc",
      refreshJwt: "plain-refresh",
      createMethod: "create",
    } as const;
    const before = createStorage(file, { env: {} });
    await before.sessions.save(saved);
    await before.close();
    const keyed = createStorage(file, { encryptionKey: "first key" });
    const found = await keyed.sessions.find("https://pds.example", "did:plc:a");
    expect(found?.refreshJwt).toBe("plain-refresh");
    await keyed.sessions.save({ ...saved, createMethod: "refresh" });
    await keyed.close();
    const stored = new Database(file, { readonly: true }).prepare("select refresh_jwt from bsky_session").pluck().get();
    expect(stored).toMatch(/^skx1:/);
    for (const [encryptionKey, code] of [
      ["second key", "wrong-key"],
      [undefined, "missing-key"],
    ] as const) {
      const other = createStorage(file, { encryptionKey, env: {} });
      const error = await failure(other.sessions.find("https://pds.example", "did:plc:a"));
      expect(error.code).toBe(code);
      expect(error.message).toContain("BSKY_SESSION_KEY");
      expect(error.message).not.toMatch(/first|second/);
      expect((await other.sessions.list()).length).toBe(1);
      await other.close();
    }
  });
});
