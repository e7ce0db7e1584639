import { spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { migrationNames } from "../../../migrations/names.ts";
import { Client } from "../../../src/index.ts";
import { argv, Shell } from "./skylex.ts";

const shell = new Shell();
afterAll(() => shell.remove());

describe("wrong use", () => {
  const wrong: readonly (readonly [line: string, message: RegExp])[] = [
    ["nonsense", /unknown command 'nonsense'/],
    ["call", /missing required argument 'nsid'/],
    ["log --frobnicate", /unknown option '--frobnicate'/],
    ["log --since yesterday", /neither a date nor a time ago/],
    ["call nonsense", /"nonsense" is not the NSID of an endpoint/],
    ["call app.bsky.feed.post", /is a record, not an endpoint/],
    ["call com.atproto.repo.uploadBlob", /takes bytes/],
    ["call com.atproto.repo.uploadBlob --data @missing.png", /missing\.png cannot be read/],
    ["call app.bsky.feed.getTimeline --limit 3", /--limit goes with --all or --resume/],
    ["timeline --resume x --no-database --author a.test", /--resume keeps its place in the database/],
    ["prune", /required option '--older-than <age>'/],
    ["login --no-database", /nothing to store it in/],
    ["post hello --alt text", /--alt describes the --image or --video before it/],
    ["thread nowhere", /"nowhere" is no post/],
    ["cursors reset app.bsky.graph.getFollows nothing", /No cursor nothing/],
    ["lexicon show app.bsky.feed.timeline", /There is no lexicon .* Did you mean app\.bsky\.feed\.getTimeline/],
    ["completion tcsh", /Allowed choices are bash, zsh, fish/],
  ];

  test.concurrent.each(wrong)("%s is told on standard error, without a stack, and gives 2", async (line, message) => {
    const { stdout, stderr, code } = await shell.run(line.split(" "));
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^ +at /m);
    expect([stdout, code]).toEqual(["", 2]);
  });
});

describe("X6 K12 M15 M16", () => {
  test("X6 standard input that is not UTF-8 is refused, and nothing is posted with U+FFFD", async () => {
    const { stdout, stderr, code } = await shell.run(["post"], { input: Uint8Array.of(0x68, 0xe9, 0x0a) });
    expect(stderr).toMatch(/^UsageError: Standard input is not UTF-8/);
    expect([stdout, code]).toEqual(["", 2]);
  });

  test("K12 a number without a unit is no moment", async () => {
    const { stderr, code } = await shell.run(["log", "--since", "5"]);
    expect(stderr).toMatch(/"5" is neither a date nor a time ago/);
    expect(code).toBe(2);
  });

  test.skipIf(!existsSync("/dev/full"))("K12 a full disk behind standard output is one sentence, and gives 1", () => {
    const full = openSync("/dev/full", "w");
    const { stderr, status } = spawnSync(process.execPath, [...argv, "lexicon", "show", "app.bsky.feed.getTimeline"], {
      stdio: ["ignore", full, "pipe"],
      encoding: "utf8",
      env: shell.environment(),
    });
    closeSync(full);
    expect(stderr).toMatch(/^Error: standard output cannot be written \([^\n]+\n$/);
    expect(status).toBe(1);
  });

  test("M15 wrong use is told in the one form, with the help of the command that was meant", async () => {
    const { stderr } = await shell.run(["log", "show"]);
    expect(stderr).toBe("UsageError: missing required argument 'id'\nskylex log show --help says what it takes.\n");
  });

  test("M16 the help names a command's own options before those that all have", async () => {
    const help = await shell.print("timeline", "--help");
    for (const own of ["--feed", "--author", "--resume"])
      for (const general of ["--account", "--database", "--json", "--help"])
        expect(help.indexOf(`${own} <`)).toBeLessThan(help.indexOf(general));
  });
});

describe("without servers", () => {
  test("what fails gives 1, with the next step; nobody's session and no stack", async () => {
    const { stdout, stderr, code } = await shell.run(["timeline", "--no-database"]);
    expect(stderr).toMatch(/^NotAuthenticatedError: .*\nLog in: skylex login\./);
    expect([stdout, code]).toEqual(["", 1]);
    const debugged = await shell.run(["timeline", "--no-database"], { env: { SKYLEX_LOG_LEVEL: "debug" } });
    expect(debugged.stderr).toMatch(/^NotAuthenticatedError: [^\n]+\n +at [^]*\nLog in: skylex login\./);
    const unreachable = await shell.run([
      "call",
      "app.bsky.actor.getProfile",
      "actor=a.test",
      "--service",
      "http://127.0.0.1:9",
      "--database",
      "failed.db",
    ]);
    expect(unreachable.code).toBe(1);
    expect(unreachable.stderr).toMatch(
      /^NetworkError: .*\nskylex doctor .*\nskylex log show 1 --database failed\.db shows the call\.\n$/,
    );
    const [row] = await shell.lines<{ state: string; attempts: number }>("log", "--failed", "--database", "failed.db");
    expect(row).toMatchObject({ state: "failed", attempts: 4 });
  });

  test("migrate makes the database and says what it ran; --check changes nothing", async () => {
    const before = await shell.run(["migrate", "--check", "--database", "m.db", "--json"]);
    expect(before.code).toBe(1);
    expect(JSON.parse(before.stdout)).toMatchObject({ exists: false, pending: migrationNames });
    expect(existsSync(join(shell.folder, "m.db"))).toBe(false);
    expect(await shell.json("migrate", "--database", "m.db")).toMatchObject({ ran: migrationNames });
    expect(await shell.print("migrate", "--check", "--database", "m.db")).toMatch(
      /^.*m\.db \(sqlite\)\n {2}has {4}0001_initial\n/,
    );
  });

  test("--no-database keeps nothing, and needs no database", async () => {
    const own = new Shell();
    const { code } = await own.run([
      "call",
      "app.bsky.actor.getProfile",
      "actor=a.test",
      "--no-database",
      "--service",
      "http://127.0.0.1:9",
    ]);
    expect([code, readdirSync(own.folder)]).toEqual([1, []]);
    own.remove();
  });

  test("doctor says what works and what to do, and exits with 1 for what is needed and does not work", async () => {
    const { stdout, code } = await shell.run(["doctor", "--service", "http://127.0.0.1:9", "--json"]);
    const { ok, findings } = JSON.parse(stdout) as { ok: boolean; findings: Record<string, string>[] };
    expect([code, ok]).toEqual([1, false]);
    const states = Object.fromEntries(findings.map(({ check, state }) => [check, state]));
    expect(states).toMatchObject({ Node: "ok", database: "ok", session: "lack", network: "fault", sharp: "ok" });
    for (const { state, next } of findings.filter((one) => one["state"] === "fault"))
      expect([state, next]).toEqual(["fault", expect.any(String)]);
    const broken = join(shell.folder, "broken.db");
    writeFileSync(broken, "no database ".repeat(100));
    const { stdout: text } = await shell.run(["doctor", "--database", "broken.db", "--service", "http://127.0.0.1:9"]);
    expect(text).toMatch(/✗ database .*(damaged|not an SQLite)/);
  });

  test("the log is shown, filtered, pruned and drawn", async () => {
    const file = join(shell.folder, "log.db");
    const client = new Client({
      storage: file,
      fetch: async (url) => answer(url),
      logLevel: "silent",
      retry: false,
    });
    for (const actor of ["a.test", "b.test", "fails.test"]) await client.app.bsky.actor.getProfile({ actor }).result();
    await client.close();
    const log = ["log", "--database", "log.db"];
    const rows = await shell.lines<{ id: number; httpStatusCode: number }>(...log);
    const id = String(rows.find(({ httpStatusCode }) => httpStatusCode === 400)?.id);
    expect(rows).toHaveLength(3);
    const failed = await shell.print(...log, "--failed", "--since", "1h", "--endpoint", "app.bsky.actor.getProfile");
    expect(failed).toMatch(/^ +\d .* 400 {2}app\.bsky\.actor\.getProfile .* InvalidRequest: No such account\n$/);
    expect(await shell.print("log", "show", id, "--database", "log.db")).toMatch(
      /^params {4}\{"actor":"fails\.test"\}$/m,
    );
    const stats = await shell.json<{ periods: object[]; endpoints: object[] }>(
      "log",
      "stats",
      "--database",
      "log.db",
      "--periods",
      "4",
    );
    expect(stats.periods).toHaveLength(4);
    expect(stats.periods.at(-1)).toMatchObject({ calls: 3, errors: 1 });
    expect(stats.endpoints).toMatchObject([{ endpoint: "xrpc/app.bsky.actor.getProfile", calls: 3, errors: 1 }]);
    const drawn = await shell.print("log", "--database", "log.db", "stats", "--periods", "20");
    expect(drawn).toMatch(/^calls {3}·{19}█ {2}3, at most \d/m);
    expect(drawn).toMatch(/^errors {2}·{19}█ {2}1, 33\.3 %$/m);
    expect(drawn).toMatch(/^app\.bsky\.actor\.getProfile +3 +1 .*█{20}$/m);
    const prune = ["prune", "--database", "log.db", "--older-than", "0s"];
    expect(await shell.json(...prune, "--dry-run")).toMatchObject({ rows: 3, dryRun: true });
    expect(await shell.print(...prune)).toMatch(/^3 rows of the log were deleted from .*log\.db\.\n$/);
    expect((await shell.run([...log])).stdout).toBe("");
  });

  test("lexicons are shown and compared", async () => {
    for (const [name, maximum] of [
      ["before", 100],
      ["after", 50],
    ] as const) {
      mkdirSync(join(shell.folder, name));
      const parameters = { type: "params", properties: { limit: { type: "integer", maximum } } };
      const document = { lexicon: 1, id: "com.example.list", defs: { main: { type: "query", parameters } } };
      writeFileSync(join(shell.folder, name, "list.json"), JSON.stringify(document));
    }
    expect(await shell.print("lexicon", "show", "com.example.list", "--lexicons", "before")).toMatch(
      /limit {2}integer, at most 100/,
    );
    expect(await shell.json("lexicon", "diff", "before", "after")).toMatchObject({
      hint: "major",
      changes: [{ nsid: "com.example.list" }],
    });
    expect(await shell.print("lexicon", "diff", "before", "after")).toMatch(/Breaking \(1\)[\s\S]*Version: major/);
    expect((await shell.run(["lexicon", "diff", "before"])).stdout).toMatch(/\+ com\.example\.list: query added/);
  });

  test("explain says what a call would do, of lexicons of one's own too", async () => {
    const explained = await shell.json<{ method: string; url: string }>(
      "explain",
      "app.bsky.actor.getProfile",
      "actor=a.test",
      "--no-database",
    );
    expect(explained).toMatchObject({
      method: "GET",
      url: "https://public.api.bsky.app/xrpc/app.bsky.actor.getProfile?actor=a.test",
    });
    const words = [
      "explain",
      "com.example.list",
      "limit=5",
      "--lexicons",
      "before",
      "--at",
      "https://example.com",
      "--no-database",
    ];
    expect(await shell.print(...words)).toMatch(/^GET https:\/\/example\.com\/xrpc\/com\.example\.list\?limit=5\n/);
  });

  test("codegen is the generator's own command", async () => {
    const { stdout, code } = await shell.run(["codegen", "--from", "before", "--out", "generated", "--quiet"]);
    expect([stdout, code]).toEqual(["", 0]);
    expect(existsSync(join(shell.folder, "generated/root.ts"))).toBe(true);
    const again = await shell.run(["codegen", "--from", "after", "--out", "generated", "--check"]);
    expect(again.code).toBe(1);
  });
});

function answer(url: string): Response {
  if (!url.includes("fails")) return Response.json({ did: "did:plc:a", handle: "a.test" });
  return Response.json({ error: "InvalidRequest", message: "No such account" }, { status: 400 });
}
