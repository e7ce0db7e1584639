import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { CallRow, CreatedPost, CursorRow, PostDraft, SessionSummary } from "../../../src/index.ts";
import { program, Shell } from "../../unit/cli/skylex.ts";
import { makePng } from "../endpoints/png.ts";
import { type Account, signUp } from "../../support/servers/accounts.ts";
import { processAll } from "../../support/servers/control.ts";
import { addressesOf, run } from "../../support/programs/run.ts";
import { fixture } from "../../unit/media/video/fixtures.ts";

const network = inject("network");
const key = "correct horse battery staple";
const shell = new Shell();
let alice: Account;
let bob: Account;

beforeAll(async () => {
  process.env["BSKY_SESSION_KEY"] = key;
  [alice, bob] = await Promise.all([signUp(network.pds), signUp(network.pds)]);
});
afterAll(() => {
  delete process.env["BSKY_SESSION_KEY"];
  shell.remove();
});

/** Runs in order: from the login to the logout, as one person would. */
describe("the whole way", () => {
  let first: CreatedPost;

  test("a wrong password is refused, with 1 and no stack; a right one is asked for once", async () => {
    const login = ["login", alice.handle, "--service", network.pds, "--password-stdin"];
    const wrong = await shell.run(login, { input: "not it\n" });
    expect(wrong.stderr).toMatch(/^AuthenticationError: .*\nCheck the name/);
    expect([wrong.stdout, wrong.code]).toEqual(["", 1]);
    const right = await shell.run(login, { input: `${alice.password}\n` });
    expect(right).toMatchObject({ stderr: "", code: 0 });
    expect(right.stdout).toContain(`${alice.handle} (${alice.did}) is logged in at ${network.pds}.`);
    const again = await shell.run(login, { input: "" });
    expect(again.stdout).toMatch(/is logged in already/);
    const [session] = await shell.lines<SessionSummary>("accounts");
    expect(session).toMatchObject({ did: alice.did, handle: alice.handle, exception: null });
  });

  test("calls any endpoint as the only account, by the lexicon's types", async () => {
    const profile = await shell.json<{ did: string }>("call", "app.bsky.actor.getProfile", `actor=${alice.handle}`);
    expect(profile.did).toBe(alice.did);
    const refused = await shell.run(["call", "app.bsky.actor.getProfile", "actor=nobody.test"]);
    expect([refused.stdout, refused.code]).toEqual(["", 1]);
    expect(refused.stderr).toMatch(/^XrpcError: .*\nskylex log show \d+ shows the call\.\n$/);
    const input = JSON.stringify({ identifier: alice.handle, password: alice.password });
    const tokens = await shell.run(
      ["call", "com.atproto.server.createSession", "--at", network.pds, "--data", "@-", "--json"],
      { input },
    );
    expect(tokens.stderr).toMatch(/^Warning: this answer has tokens, which are not printed/);
    expect(JSON.parse(tokens.stdout)).toMatchObject({ accessJwt: "[redacted]", refreshJwt: "[redacted]" });
    const invalid = await shell.run([
      "call",
      "com.atproto.repo.createRecord",
      `repo=${alice.did}`,
      "collection=app.bsky.feed.post",
      'record={"text":1}',
    ]);
    expect(invalid.stderr).toMatch(/^ValidationError: /);
    expect(invalid.code).toBe(2);
  });

  test("posts: text, a picture, an answer by key, a draft, markdown as a thread", async () => {
    first = await shell.json<CreatedPost>("post", "Hello from the terminal #news", "--key", "one", "--lang", "en");
    const again = await shell.run(["post", "Hello from the terminal #news", "--key", "one", "--lang", "en"]);
    expect(again.stdout).toBe(`${first.url}\n`);
    expect(again.stderr).toMatch(/^Warning: this key had the post already/);
    writeFileSync(join(shell.folder, "a.png"), makePng(20, 80));
    const picture = ["post", "Look", "--image", "a.png", "--alt", "A grey square", "--reply", "key:one"];
    expect((await shell.run(picture)).code).toBe(0);
    const unalted = await shell.run(["post", "Look", "--image", "a.png"]);
    expect(unalted.code).toBe(2);
    const draft = await shell.json<PostDraft>(
      "post",
      "Only a draft",
      "--reply",
      first.uri,
      "--quote",
      first.url,
      "--dry-run",
    );
    expect(draft.posts[0]?.record).toMatchObject({ text: "Only a draft", reply: { parent: { uri: first.uri } } });
    writeFileSync(
      join(shell.folder, "long.md"),
      `# Title\n\n${"A sentence with *words* in it. ".repeat(20)}\n\n![A square](a.png)\n`,
    );
    const parts = await shell.json<CreatedPost>("post", "--markdown", "long.md", "--thread", "--reply", first.url);
    expect(parts.posts.length).toBeGreaterThan(1);
    const piped = await shell.run(["post"], { input: "From standard input\n" });
    expect(piped.stdout).toMatch(/^https:\/\/bsky\.app\/profile\/did:plc:\w+\/post\/\w+\n$/);
  });

  test("posts a video, which the service has processed by then", async () => {
    const clip = fixture("silent.mp4");
    const missing = await shell.run(["post", "Look", "--video", clip]);
    expect([missing.code, missing.stderr.split(":")[0]]).toEqual([2, "ValidationError"]);
    // The video service has no address that a command could be told.
    const { status, stdout, stderr } = await run({
      file: program,
      args: ["post", "Nothing moves here", "--video", clip, "--alt", "A test card", "--json"],
      cwd: shell.folder,
      env: { ...addressesOf(network), BSKY_SQLITE_FILENAME: "cli.db" },
    });
    expect([status, stderr]).toEqual([0, ""]);
    const { uri } = JSON.parse(stdout) as CreatedPost;
    await processAll(network);
    const { posts } = await shell.json<{ posts: readonly object[] }>("call", "app.bsky.feed.getPosts", `uris=${uri}`);
    expect(posts).toMatchObject([{ embed: { $type: "app.bsky.embed.video#view", alt: "A test card" } }]);
  });

  test("draws the thread as a tree, the timeline and the profile", async () => {
    await processAll(network);
    const tree = await shell.print("thread", first.url);
    expect(tree).toMatch(/^▶ @\S+ · \S+ · 2 ↩\n│ Hello from the terminal #news\n│\n├─ /);
    expect(tree).toContain("[picture: A grey square]");
    expect(await shell.print("timeline", "-n", "3")).toMatch(/From standard input\nhttps:\/\/bsky\.app/);
    expect(await shell.print("profile")).toMatch(/^.*@\S+\ndid:plc:\w+\n0 followers, 0 following, \d posts\n/);
    const none = await shell.run(["thread", "at://did:plc:aaaaaaaaaaaaaaaaaaaaaaaa/app.bsky.feed.post/3k"]);
    expect([none.code, none.stderr.split(":")[0]]).toEqual([1, "XrpcError"]);
  });

  test("reads every page, and later what is new; resets the cursor", async () => {
    const all = [
      "call",
      "com.atproto.repo.listRecords",
      `repo=${alice.did}`,
      "collection=app.bsky.feed.post",
      "limit=2",
    ];
    const records = await shell.lines(...all, "--all");
    expect(records.length).toBeGreaterThan(4);
    expect(await shell.lines(...all, "--all", "--limit", "3")).toHaveLength(3);
    expect(await shell.lines(...all, "--resume", "mine")).toEqual(records);
    expect(await shell.lines(...all, "--resume", "mine")).toEqual([]);
    const [cursor] = await shell.lines<CursorRow>("cursors");
    expect(cursor).toMatchObject({ key: "mine", items: records.length });
    expect(await shell.print("cursors", "show", "com.atproto.repo.listRecords", "mine")).toMatch(
      /^read +\d+ items on \d+ pages$/m,
    );
    expect(await shell.print("cursors", "reset", "com.atproto.repo.listRecords", "mine")).toMatch(
      /begins at the beginning/,
    );
    expect(await shell.lines(...all, "--resume", "mine")).toHaveLength(records.length);
  });

  test("bytes go in from files and come out to files and pipes", async () => {
    const { blob } = await shell.json<{ blob: { mimeType: string } }>(
      "call",
      "com.atproto.repo.uploadBlob",
      "--data",
      "@a.png",
    );
    expect(blob.mimeType).toBe("image/png");
    await shell.print("call", "com.atproto.sync.getRepo", `did=${alice.did}`, "--out", "repo.car");
    const piped = await shell.print("call", "com.atproto.sync.getRepo", `did=${alice.did}`);
    expect(readFileSync(join(shell.folder, "repo.car")).length).toBeGreaterThan(1000);
    expect(piped.length).toBeGreaterThan(1000);
  });

  test("shows the log, the budget and what is left after the logout", async () => {
    const failed = await shell.lines<CallRow>("log", "--failed");
    expect(failed.map(({ exceptionClass }) => exceptionClass)).toContain("NotFound");
    const { writes } = await shell.json<{ writes: { used: number }[] }>("budget");
    expect(writes[0]?.used).toBeGreaterThan(12);
    expect(await shell.print("budget")).toMatch(/^write points +1-hour +[█░]{20} \d+ % +\d+ of 5000 used/m);
    const spent = await shell.json<{ periods: { points: number }[] }>("log", "stats", "--since", "1h");
    expect(spent.periods.reduce((sum, { points }) => sum + points, 0)).toBe(writes[0]?.used);
    expect(await shell.print("doctor", "--service", network.pds)).toMatch(/✓ session {3}\S+ \(did:plc:\w+\)/);
    expect(await shell.print("logout")).toContain(`${alice.handle} is logged out`);
    expect(await shell.lines("accounts")).toEqual([]);
    expect((await shell.run(["logout"])).code).toBe(1);
  });

  test("no secret was printed or stored", async () => {
    const rows = await shell.print("log", "--json", "--limit", "1000");
    const files = readdirSync(shell.folder).map((file) => readFileSync(join(shell.folder, file), "latin1"));
    for (const text of [shell.written, rows, ...files]) {
      expect(text).not.toContain(alice.password);
      expect(text).not.toMatch(/eyJ[\w-]+\.eyJ/);
    }
  });
});

describe("several accounts", () => {
  const own = new Shell();
  afterAll(() => own.remove());

  test("one of them is named, by option or environment; without, who must be somebody is refused", async () => {
    for (const { handle, password } of [alice, bob]) {
      await own.run(["login", handle, "--service", network.pds, "--password-stdin"], { input: password });
    }
    const { code, stderr } = await own.run(["post", "Whose?"]);
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining(`Several accounts are logged in: ${bob.handle}, ${alice.handle}.`),
    ]);
    const who = async (args: readonly string[], env = {}): Promise<string> =>
      (JSON.parse((await own.run(["budget", "--json", ...args], { env })).stdout) as { account: string }).account;
    expect(await who(["--account", alice.handle])).toBe(alice.did);
    expect(await who([], { BSKY_AUTH_USERNAME: bob.handle })).toBe(bob.did);
    expect(
      await who(["--account", `@${alice.handle.toUpperCase()}`], {
        BSKY_AUTH_USERNAME: bob.handle,
        BSKY_AUTH_PASSWORD: "bob's",
      }),
    ).toBe(alice.did);
    const anonymous = await own.run(["profile", alice.handle, "--no-account", "--service", network.appview]);
    expect(anonymous).toMatchObject({ code: 0, stderr: "" });
  });
});
