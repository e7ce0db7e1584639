import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { makePng } from "../endpoints/png.ts";
import { processAll } from "../../support/servers/control.ts";
import type { NetworkAddresses } from "../../support/servers/start.ts";
import { xrpc } from "../../support/servers/xrpc.ts";
import { addressesOf, run } from "../../support/programs/run.ts";
import { ffmpegPath } from "../../unit/media/video/binaries.ts";
import { fixture } from "../../unit/media/video/fixtures.ts";
import { files } from "./snippets.ts";

const root = join(import.meta.dirname, "../../..");
const password = "correct horse battery staple";

/** The record key that the snippets name */
const exampleKey = "3kvyvhmkfxs2c";

interface Member {
  readonly did: string;
  readonly handle: string;
  readonly write: (collection: string, record: object, rkey?: string) => Promise<void>;
}

async function signUp(pds: string, handle: string): Promise<Member> {
  const body = { handle, email: `${handle}@example.com`, password };
  const { json, text } = await xrpc<{ did: string; accessJwt: string }>(pds, "com.atproto.server.createAccount", {
    body,
  });
  if (json?.did === undefined) throw new Error(`${handle} could not sign up: ${text}`);
  const { did, accessJwt: token } = json;
  return {
    did,
    handle,
    async write(collection, record, rkey) {
      const input = { repo: did, collection, rkey, record: { $type: collection, ...record } };
      const { status, text: answer } = await xrpc(pds, "com.atproto.repo.putRecord", { token, body: input });
      if (status !== 200) throw new Error(`${handle} could not write: ${answer}`);
    },
  };
}

/** What snippets find: three accounts, two of whom follow each other, a post, files in the working directory, what codegen makes of the lexicon they show, and a stored session. */
export async function prepare(folder: string, network: NetworkAddresses): Promise<Record<string, string>> {
  const alice = await signUp(network.pds, "alice.test");
  const bob = await signUp(network.pds, "bob.test");
  await signUp(network.pds, "carol.test");
  const createdAt = new Date().toISOString();
  const external = { uri: "https://example.com", title: "A", description: "" };
  const embed = { $type: "app.bsky.embed.external", external };
  await alice.write("app.bsky.actor.profile", { displayName: "Alice" }, "self");
  await alice.write("app.bsky.feed.post", { text: "The post of the README", createdAt, embed }, exampleKey);
  await alice.write("app.bsky.graph.follow", { subject: bob.did, createdAt }, "3kvyvhmkfxs2d");
  await bob.write("app.bsky.graph.follow", { subject: alice.did, createdAt }, "3kvyvhmkfxs2d");
  await processAll(network);

  mkdirSync(folder, { recursive: true });
  copyFileSync(join(root, "test/support/fixtures/images/orientation-6.jpg"), join(folder, "photo.jpg"));
  copyFileSync(fixture("phone.mov"), join(folder, "clip.mov"));
  writeFileSync(join(folder, "clip.en.vtt"), "WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n");
  writeFileSync(join(folder, "walk.png"), makePng(40, 90));

  for (const [path, content] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  const codegen = [
    join(root, "codegen/cli.ts"),
    "--from",
    join(folder, "lexicons"),
    "--out",
    join(folder, "generated"),
  ];
  execFileSync(process.execPath, codegen);

  const env = {
    ...addressesOf(network),
    LOCAL_ACTOR: alice.handle,
    FFMPEG_PATH: ffmpegPath,
    BSKY_AUTH_USERNAME: alice.handle,
    BSKY_AUTH_PASSWORD: password,
    BOB_PASSWORD: password,
  };
  const login = join(folder, "login.ts");
  writeFileSync(
    login,
    `import { Client } from "skylex";\nconst client = new Client();\nawait client.login();\nawait client.close();\n`,
  );
  const file = join(folder, "login.db");
  const { stderr, status } = await run({ file: login, cwd: folder, env: { ...env, BSKY_SQLITE_FILENAME: file } });
  if (status !== 0) throw new Error(`Login failed: ${stderr}`);
  return env;
}
