import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, inject, test } from "vitest";
import { makePng } from "../endpoints/png.ts";
import { newPost, signUp } from "../../support/servers/accounts.ts";
import { processAll } from "../../support/servers/control.ts";
import { createDatabase } from "../../support/servers/postgres.ts";
import { listed, stage, upload, write } from "./stage.ts";

const network = inject("network");

const clean = (stdout: unknown): object => ({ stderr: "", stdout, status: 0 });

describe.concurrent("the examples do what they say", { timeout: 120_000 }, () => {
  test("reply-bot answers each mention once, killed and started again", async ({ expect, onTestFinished }) => {
    const { account, start } = await stage(onTestFinished);
    const friend = await signUp(network.pds);
    const mention = async (text: string): Promise<string> => {
      const byteEnd = account.handle.length + 1;
      const features = [{ $type: "app.bsky.richtext.facet#mention", did: account.did }];
      const facets = [{ index: { byteStart: 0, byteEnd }, features }];
      return (await write(friend, newPost(`@${account.handle} ${text}`, { facets }))).uri;
    };
    await mention("before the bot was there");
    await processAll(network);
    const did = `Answering as ${account.did}.\n`;
    expect(await start("reply-bot.ts", ["--once"])).toEqual(clean(did));

    const mentions = [await mention("one"), await mention("two"), await mention("three")];
    await processAll(network);
    const killed = await start("reply-bot.ts", ["--once"], { killAfter: /^Answered: /m });
    expect(killed.status).toBe(null);
    const { stdout, stderr } = await start("reply-bot.ts", ["--once"]);
    expect(stderr).toBe("");
    expect(stdout).toContain("Answered before: ");

    const answers = await listed(account);
    expect(answers.map(({ value }) => value.reply?.parent.uri)).toEqual(mentions);
    expect(answers[0]?.value.text).toBe(`@${friend.handle} That was 2 words, thank you for each of them.`);
    expect(await start("reply-bot.ts", ["--once"])).toEqual(clean(did));
  });

  test("K3 archive copies records and blobs, goes on after a crash, and fetches no more than what is new", async ({
    expect,
    onTestFinished,
  }) => {
    const { folder, start } = await stage(onTestFinished);
    const author = await signUp(network.pds);
    const image = await upload(author, makePng(20, 90));
    const embed = { $type: "app.bsky.embed.images", images: [{ image, alt: "A square" }] };
    for (let index = 0; index < 110; index += 1) await write(author, newPost(`post ${index}`));
    await write(author, newPost("with a picture", { embed }));
    await write(author, { $type: "app.bsky.graph.follow", subject: author.did, createdAt: new Date() });
    await processAll(network);

    const args = [author.handle, "archive.db"];
    const killed = await start("archive.ts", args, { killAfter: /app.bsky.feed.post: 100 new/ });
    expect(killed.status).toBe(null);
    const second = await start("archive.ts", args);
    expect(second).toEqual(clean(expect.stringMatching(/blobs: 1 new, \d+ bytes\n.+ \{ records: 112, blobs: 1 \}\n$/)));

    const { uri } = await write(author, newPost("one more"));
    // Its key lies below all that are known.
    await write(author, newPost("imported"), "2222222222222");
    const third = await start("archive.ts", args);
    expect(third.stdout).toMatch(/app\.bsky\.feed\.post: 2 new\narchive\.db holds \{ records: 114, blobs: 1 \}\n$/);

    const database = new Database(join(folder, "archive.db"), { readonly: true });
    const stored = database.prepare("SELECT value FROM record WHERE uri = ?").pluck().get(uri);
    expect(JSON.parse(String(stored))).toMatchObject({ text: "one more" });
    expect(database.prepare("SELECT bytes FROM blob").pluck().get()).toEqual(Buffer.from(makePng(20, 90)));
    database.close();
  });

  test("cross-post posts every file once, with its pictures, and leaves what was changed", async ({
    expect,
    onTestFinished,
  }) => {
    const { folder, account, start } = await stage(onTestFinished);
    mkdirSync(join(folder, "notes"));
    const file = (name: string, content: string | Uint8Array): void =>
      writeFileSync(join(folder, "notes", name), content);
    file("01-hello.md", "Hello\n\nFrom [a file](https://example.com).\n");
    file("02-walk.md", "A walk\n\n![A path between old trees](walk.png)\n");
    file("03-long.md", `${"A sentence of six words, again. ".repeat(20)}\n`);
    file("walk.png", makePng(40, 90));

    const first = await start("cross-post.ts", ["notes"]);
    expect(first.stderr).toBe("");
    expect(first.stdout).toMatch(/^01-hello.md: 1 posted, .+\n02-walk.md: 1 posted, .+\n03-long.md: 3 posted, .+\n$/);
    const posts = await listed(account);
    expect(posts).toHaveLength(5);
    expect(posts[0]?.value).toMatchObject({ text: "Hello\n\nFrom a file.", facets: [{}] });
    const embed = { images: [{ alt: "A path between old trees", aspectRatio: { width: 40, height: 40 } }] };
    expect(posts[1]?.value).toMatchObject({ text: "A walk", embed });

    file("01-hello.md", "# Hello again\n");
    file("04-new.md", "New");
    const second = await start("cross-post.ts", ["notes"]);
    expect(second.stdout.replaceAll(/, \S+$/gm, "").split("\n")).toEqual([
      "01-hello.md: was changed since it was posted, and is left as it is",
      "02-walk.md: is posted already",
      "03-long.md: is posted already",
      "04-new.md: 1 posted",
      "",
    ]);
    expect(await listed(account)).toHaveLength(6);
  });

  test("K10 follower-report tells who is new and who is not followed back", async ({ expect, onTestFinished }) => {
    const { account, start } = await stage(onTestFinished);
    const [friend, fan, idol] = [await signUp(network.pds), await signUp(network.pds), await signUp(network.pds)];
    const follow = async (who: typeof friend, whom: typeof friend): Promise<unknown> =>
      write(who, { $type: "app.bsky.graph.follow", subject: whom.did, createdAt: new Date().toISOString() });
    await follow(friend, account);
    await follow(account, friend);
    await follow(account, idol);
    await processAll(network);
    const lines = async (): Promise<readonly string[]> => {
      const { stdout, stderr } = await start("follower-report.ts");
      expect(stderr).toBe("");
      return stdout.trimEnd().split("\n");
    };
    expect(await lines()).toEqual([
      `@${account.handle}: 1 followers, 2 followed`,
      "New since the last report: nobody",
      "Not followed back: nobody",
      `Do not follow back: @${idol.handle}`,
      "With most followers of their own:",
      `          1  @${friend.handle}`,
    ]);
    await follow(fan, account);
    await processAll(network);
    expect((await lines()).slice(0, 3)).toEqual([
      `@${account.handle}: 2 followers, 2 followed`,
      `New since the last report: @${fan.handle}`,
      `Not followed back: @${fan.handle}`,
    ]);
    // Another account on the same database has a place of its own.
    const other = await start("follower-report.ts", [friend.handle]);
    expect(other.stderr).toBe("");
    expect(other.stdout).toContain(`@${friend.handle}: 1 followers, 1 followed\nNew since the last report: nobody\n`);
  });

  test("demo draws a thread, on servers of its own", async ({ expect, onTestFinished }) => {
    const { start } = await stage(onTestFinished);
    const { stdout, stderr, status } = await start("demo.ts");
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    expect(stdout).toContain(
      [
        "@alice.test: Hello from a freshly generated client.",
        "   └─ @bob-the-bot.test: Hello Alice! I only exist for this demo.",
        "      └─ @alice.test: So do I.",
      ].join("\n"),
    );
  });

  test("dashboard makes a page of what another program called", async ({ expect, onTestFinished }) => {
    const { folder, start } = await stage(onTestFinished);
    mkdirSync(join(folder, "notes"));
    writeFileSync(join(folder, "notes", "a.md"), "Posted for the log");
    await start("cross-post.ts", ["notes"]);
    const { stdout } = await start("dashboard.ts", ["page.html", "1"]);
    const [, calls, endpoints] = /^page.html: (\d+) calls of (\d+) endpoints, 0 failed\n$/.exec(stdout) ?? [];
    const html = readFileSync(join(folder, "page.html"), "utf8");
    expect(html).toContain(`<h1>${calls} calls, 0 failed, 3 points</h1>`);
    expect(html.match(/<tr><td>xrpc/g)).toHaveLength(Number(endpoints));
    expect(html).toContain("<tr><td>xrpc/com.atproto.repo.createRecord</td><td>1</td><td>0</td>");
  });

  test("many-accounts posts once for each account on PostgreSQL, from two processes at a time, later without passwords", async ({
    expect,
    onTestFinished,
  }) => {
    const { start } = await stage(onTestFinished);
    const accounts = await Promise.all([1, 2, 3].map(() => signUp(network.pds)));
    const { host, port, user, password, database, drop } = await createDatabase(network.postgresUrl);
    onTestFinished(drop);
    const own = { PGHOST: host, PGPORT: String(port), PGUSER: user, PGPASSWORD: password, PGDATABASE: database };
    const env = { ...own, BSKY_AUTH_USERNAME: "", BSKY_AUTH_PASSWORD: "" };
    const ACCOUNTS = accounts.map(({ handle, password: secret }) => `${handle}:${secret}`).join(",");
    await processAll(network);

    const first = start("many-accounts.ts", ["Hello from all"], { env: { ...env, ACCOUNTS } });
    const second = start("many-accounts.ts", ["Hello from all"], { env: { ...env, ACCOUNTS } });
    for (const { stderr, status } of [await first, await second])
      expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    const third = await start("many-accounts.ts", ["Hello from all"], { env });
    expect(third.stderr).toBe("");
    expect(third.stdout.match(/^@\S+: has said so today, \S+, 499\d points left$/gm)).toHaveLength(3);
    for (const account of accounts) {
      expect((await listed(account)).map(({ value }) => value.text)).toEqual(["Hello from all"]);
    }
  });
});
