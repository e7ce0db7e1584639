import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { CallRow } from "../../../src/index.ts";
import { argv, linesOf, Shell } from "../../unit/cli/skylex.ts";
import { type Account, newPost, signUp } from "../../support/servers/accounts.ts";
import { listenLocally } from "../../support/servers/ports.ts";
import { createDatabase } from "../../support/servers/postgres.ts";
import { xrpc } from "../../support/servers/xrpc.ts";
import { startEntryway } from "../auth/entryway.ts";

const network = inject("network");
const shell = new Shell();
let alice: Account;
beforeAll(async () => {
  alice = await signUp(network.pds);
});
afterAll(() => shell.remove());

/** Runs a command on a terminal, types what it asks for, and gives what the screen showed. */
async function onTerminal(
  args: readonly string[],
  answers: readonly (readonly [question: string, answer: string])[] = [],
  env = {},
): Promise<string> {
  const line = [process.execPath, ...argv, ...args].map((word) => `'${word}'`).join(" ");
  const child = spawn("script", ["-qec", line, "/dev/null"], {
    cwd: shell.folder,
    env: { ...shell.environment(env), TERM: "xterm" },
  });
  const left = [...answers];
  let screen = "";
  let seen = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    screen += chunk.toString();
    const [next] = left;
    if (next === undefined || !screen.slice(seen).includes(next[0])) return;
    seen = screen.length;
    left.shift();
    child.stdin.write(`${next[1]}\r`);
  });
  await once(child, "close");
  return screen;
}

describe("on a terminal", () => {
  test("asks for name, password and code; the password is not shown", async () => {
    const code = "ABCDE-12345";
    const entryway = await startEntryway(network.pds, { code });
    try {
      const screen = await onTerminal(
        ["login", "--service", entryway.url],
        [
          ["Handle", alice.handle],
          ["Password", alice.password],
          ["Code", code],
        ],
      );
      expect(screen).toContain(alice.handle);
      expect(screen).toMatch(/is logged in at http/);
      expect(screen).not.toContain(alice.password);
    } finally {
      await entryway.close();
    }
  });

  test("Ctrl-C at a question ends with nothing done", async () => {
    const screen = await onTerminal(
      ["login", "someone.test", "--service", network.pds, "--database", "none.db"],
      [["Password", "\u0003"]],
    );
    expect(screen).not.toMatch(/is logged in|Error/);
  });

  test("has colours, unless NO_COLOR says otherwise; a pipe has none, unless FORCE_COLOR does", async () => {
    const red = "\u001b[31m";
    const failing = [
      "call",
      "app.bsky.actor.getProfile",
      "actor=nobody.test",
      "--no-database",
      "--service",
      network.appview,
    ];
    const [coloured, plain, piped, forced] = await Promise.all([
      onTerminal(failing),
      onTerminal(failing, [], { NO_COLOR: "1" }),
      shell.run(failing),
      shell.run(failing, { env: { FORCE_COLOR: "1" } }),
    ]);
    expect([coloured, plain, piped.stderr, forced.stderr].map((out) => out.includes(red))).toEqual([
      true,
      false,
      false,
      true,
    ]);
    const bytes = await onTerminal([
      "call",
      "com.atproto.sync.getRepo",
      `did=${alice.did}`,
      "--no-database",
      "--service",
      network.pds,
    ]);
    expect(bytes).toMatch(/UsageError.*bytes, not text: --out FILE/);
  });
});

describe("ends", () => {
  let silent: Server;
  let url: string;
  beforeAll(async () => {
    silent = createServer(() => undefined);
    url = `http://127.0.0.1:${await listenLocally(silent)}`;
  });
  afterAll(() => {
    silent.closeAllConnections();
    silent.close();
  });

  test("at Ctrl-C with 130, and the call that was cut off is in the log", async () => {
    const args = [
      "call",
      "app.bsky.actor.getProfile",
      "actor=a.test",
      "--no-account",
      "--service",
      url,
      "--database",
      "cut.db",
    ];
    const child = shell.start(args);
    await once(silent, "request");
    child.kill("SIGINT");
    const [[code], said] = await Promise.all([once(child, "close"), text(child.stderr)]);
    expect([code, said]).toEqual([130, ""]);
    const [row] = await shell.lines<CallRow>("log", "--database", "cut.db");
    expect(row).toMatchObject({ endpoint: "xrpc/app.bsky.actor.getProfile", state: "failed", httpStatusCode: null });
  });

  test("quietly when nobody reads any more", async () => {
    const writes = Array.from({ length: 200 }, (_, index) => ({
      $type: "com.atproto.repo.applyWrites#create",
      collection: "app.bsky.feed.post",
      value: newPost(`${"x".repeat(250)} ${index}`),
    }));
    await xrpc(network.pds, "com.atproto.repo.applyWrites", {
      token: alice.accessJwt,
      body: { repo: alice.did, writes },
    });
    const words = ["com.atproto.repo.listRecords", `repo=${alice.did}`, "collection=app.bsky.feed.post", "limit=10"];
    const child = shell.start(["call", ...words, "--all", "--no-database", "--service", network.pds]);
    const [chunk] = (await once(child.stdout, "data")) as [Buffer];
    child.stdout.destroy();
    const [[code], said] = await Promise.all([once(child, "close"), text(child.stderr)]);
    expect(linesOf(chunk.toString().slice(0, chunk.indexOf("\n")))).toHaveLength(1);
    expect([code, said]).toEqual([0, ""]);
  });

  test("following the log at Ctrl-C, having shown what another process called meanwhile", async () => {
    const follow = shell.start(["log", "--follow", "--json", "--database", "cut.db", "--limit", "1"]);
    let shown = "";
    const lines = async (count: number): Promise<CallRow[]> => {
      while (shown.split("\n").length <= count) shown += String(((await once(follow.stdout, "data")) as [Buffer])[0]);
      return linesOf<CallRow>(shown);
    };
    await lines(1);
    const words = ["call", "app.bsky.actor.getProfile", "actor=nobody.test", "--no-account", "--database", "cut.db"];
    const made = shell.run([...words, "--service", network.appview]);
    expect((await lines(2))[1]).toMatchObject({ httpStatusCode: 400 });
    follow.kill("SIGINT");
    expect(await once(follow, "close")).toEqual([130, null]);
    expect((await made).code).toBe(1);
  });
});

test("the database of the environment is PostgreSQL where PG* say so, as for the library", async () => {
  const { host, port, user, password, database, drop } = await createDatabase(network.postgresUrl);
  const env = { PGHOST: host, PGPORT: String(port), PGUSER: user, PGPASSWORD: password, PGDATABASE: database };
  const call = ["call", "app.bsky.actor.getProfile", "actor=nobody.test", "--no-account", "--service", network.appview];
  expect((await shell.run(call, { env })).code).toBe(1);
  const log = await shell.run(["log", "--json"], { env });
  expect(linesOf<CallRow>(log.stdout)).toMatchObject([{ exceptionClass: "InvalidRequest" }]);
  const status = await shell.run(["migrate", "--check"], { env });
  expect(status.stdout).toMatch(new RegExp(`^${host}:${port}/${database} \\(postgresql\\)\n`));
  expect(status.stdout + status.stderr).not.toContain(password);
  await drop();
});
