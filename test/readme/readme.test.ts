import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { Client } from "../../src/index.ts";
import { makePng } from "../contract/png.ts";
import { signUp } from "../network/accounts.ts";
import { processAll } from "../network/control.ts";
import { ffmpegPath } from "../video/binaries.ts";
import { fixture } from "../video/fixtures.ts";

const root = join(import.meta.dirname, "../..");
const folder = join(import.meta.dirname, ".snippets");
const readme = readFileSync(join(root, "README.md"), "utf8");
const snippets = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = ""]) => code);
const network = inject("network");
let environment: Record<string, string>;

/** The record key that the README's examples name */
const exampleKey = "3kvyvhmkfxs2c";

beforeAll(async () => {
  const alice = await signUp(network.pds);
  const bob = await signUp(network.pds);
  const client = new Client({ service: network.pds, accessToken: alice.accessJwt, storage: ":memory:" });
  const embed = {
    $type: "app.bsky.embed.external",
    external: { uri: "https://example.com", title: "A", description: "" },
  };
  await client.com.atproto.repo.createRecord({
    repo: alice.did,
    collection: "app.bsky.feed.post",
    rkey: exampleKey,
    record: { $type: "app.bsky.feed.post", text: "The post of the README", createdAt: new Date(), embed },
  });
  await client.com.atproto.repo.createRecord({
    repo: alice.did,
    collection: "app.bsky.graph.follow",
    record: { $type: "app.bsky.graph.follow", subject: bob.did, createdAt: new Date() },
  });
  await processAll(network);
  environment = {
    README_PDS: network.pds,
    README_APPVIEW: network.appview,
    README_PLC: network.plc,
    README_ACTOR: alice.handle,
    README_OTHER: bob.handle,
    ACCESS_TOKEN: alice.accessJwt,
    BSKY_SQLITE_FILENAME: ":memory:",
    FFMPEG_PATH: ffmpegPath,
  };
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(root, "test/media/fixtures/orientation-6.jpg"), join(folder, "photo.jpg"));
  copyFileSync(fixture("phone.mov"), join(folder, "clip.mov"));
  writeFileSync(join(folder, "clip.en.vtt"), "WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n");
  writeFileSync(join(folder, "walk.png"), makePng(40, 90));
  for (const [index, code] of snippets.entries()) writeFileSync(join(folder, `snippet-${index}.ts`), code);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a working snippet stands in the first 20 lines", () => {
  expect(readme.split("\n").slice(0, 20).join("\n")).toContain(snippets[0]);
});

test("the snippets type-check", () => {
  const files = snippets.map((_, index) => `snippet-${index}.ts`);
  const config = join(folder, "tsconfig.json");
  writeFileSync(config, JSON.stringify({ extends: "../../../tsconfig.json", include: files, exclude: [] }));
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { stdout } = spawnSync(process.execPath, [tsc, "-p", config], { cwd: folder, encoding: "utf8" });
  expect(stdout).toBe("");
}, 120_000);

/** What each snippet prints, in order; handles and DIDs differ from run to run. */
const expected: readonly RegExp[] = [
  /^undefined has 0 followers\nat:\/\/did:plc:\w+\/app\.bsky\.feed\.post\/3kvyvhmkfxs2c 0\n$/,
  /^200 null \d+ 1\ndid:plc:\w+ \S+\.test\n1\nimage\/png 2\n$/,
  /^did:plc:\w+ true\nxrpc\/app\.bsky\.actor\.getProfile 200 1\n1 0\n$/,
  /^The post of the README true\ndid:plc:\w+\n\{\n  at: '1970-01-01T00:00:00\.000Z',\n  text: 'mine',\n  '\$type': 'com\.example\.note'\n\}\n$/,
  /^People 1\n$/,
  /^9 of 10 used, and this costs 3\. Room again: \S+Z\n1-hour 12 0\n24-hour 12 34988\n0\n$/,
  /^at:\/\/did:plc:\w+\/app\.bsky\.feed\.post\/3kvyvhmkfxs2c\n0\ndid:plc:\w+\nxrpc\/app\.bsky\.graph\.getFollows mailer untilKnown 1\nxrpc\/app\.bsky\.feed\.getAuthorFeed \S{22} untilKnown 1\n$/,
  /^at:\/\/did:plc:\w+\/app\.bsky\.feed\.post\/\w+ .+\n$/,
  /^image\/jpeg \{ width: 120, height: 80 \} \[ 'turned upright', 'colours made sRGB', 'encoded anew' \]\n100\nfalse\ntrue\n\d+\n$/,
  /^hevc 90 160 1\.\d+\n(?:(?:probe|transcode|upload|processing) (?:\d+|undefined)\n)+at:\S+ true \{ width: 90, height: 160 \}\n$/,
  /^app\.bsky\.feed\.defs#threadViewPost \{ asked: '\/xrpc\/com\.example\.anything\?limit=3' \}\n$/,
  /^GET https:\/\/pds\.example\.com\/xrpc\/chat\.bsky\.convo\.listConvos\?limit=10\n {2}host .*proxy {4}did:web:api\.bsky\.chat#bsky_chat\n.*\{ asked: '\/xrpc\/com\.example\.feed\.list' \} \{\n {2}kind: 'service token',\n {2}aud: 'did:web:example\.com',\n {2}lxm: 'com\.example\.feed\.list',\n {2}seconds: 60\n\}\n$/s,
  /^3 59 \[\] app\.bsky\.embed\.external \[ 'nobody\.test' \]\n$/,
  /^true true\n$/,
  /^true\ntrue\ntrue did:plc:\w+\n\{\n.*text: 'The post of the README',.*\}\n$/s,
  /^input\.record\.text has 301 graphemes, 300 are allowed maxGraphemes 301 300\ninput\.record\.langs has 4 items, 3 are allowed maxLength 4 3\n\d+\n$/,
  /The post of the README\nhttps:\/\/example\.com\n$/,
  /^app\.bsky\.feed\.defs#threadViewPost\n$/,
  /^at:\/\/did:plc:\w+\/com\.example\.note\/[2-7a-z]{13}\n$/,
];

describe("the snippets run", () => {
  test("each of them is looked at", () => {
    expect(expected).toHaveLength(snippets.length);
  });

  test.each(snippets.map((code, index) => [index, code] as const))("snippet %i", (index) => {
    const preload = join(import.meta.dirname, "redirect.ts");
    const args = ["--conditions=skylex-source", "--import", preload, join(folder, `snippet-${index}.ts`)];
    const { stdout, stderr, status } = spawnSync(process.execPath, args, {
      cwd: folder,
      encoding: "utf8",
      env: { ...process.env, ...environment },
    });
    expect(stderr).toBe("");
    expect(stdout).toMatch(expected[index] as RegExp);
    expect(status).toBe(0);
  });
});

test("the two commands of the README are scripts of the package", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const named = [...readme.matchAll(/npm (?:run ([a-z:]+)|test\b)/g)].map(([, name = "test"]) => name);
  expect(new Set(named).size).toBeGreaterThan(3);
  expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
});
