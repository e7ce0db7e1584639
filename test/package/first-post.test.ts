import { existsSync } from "node:fs";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { signUp } from "../support/servers/accounts.ts";
import { startNetwork, type Network } from "../support/servers/start.ts";
import { xrpc } from "../support/servers/xrpc.ts";
import { Project, run } from "./project.ts";

let network: Network;
beforeAll(async () => {
  network = await startNetwork();
});
afterAll(() => network.close());

test("A16.1 the package, an app password in the environment and three lines make a post; the second run does not log in", async () => {
  const { pds } = network;
  const account = await signUp(pds);
  const made = await xrpc<{ password: string }>(pds, "com.atproto.server.createAppPassword", {
    token: account.accessJwt,
    body: { name: "first-post" },
  });
  const password = made.json?.password ?? "";
  expect(password).toMatch(/^\w{4}(-\w{4}){3}$/);

  const project = new Project(inject("package").full, "first-post");
  project.write(
    "first.mjs",
    `import { Client } from "skylex";
const client = new Client({ service: ${JSON.stringify(pds)} });
console.log((await client.createPost(process.argv[2])).uri);
`,
  );
  const env = {
    BSKY_AUTH_USERNAME: account.handle,
    BSKY_AUTH_PASSWORD: password,
    BSKY_SQLITE_FILENAME: undefined,
    DB_POSTGRES_URL: undefined,
  };
  const post = (text: string): string => run(process.execPath, ["first.mjs", text], project.folder, env).trim();
  const uris = [post("Hello #world"), post("Hello again")];
  expect(existsSync(project.path("skylex.db"))).toBe(true);

  const records = await xrpc<{ records: { uri: string; value: { text: string; facets?: unknown[] } }[] }>(
    pds,
    "com.atproto.repo.listRecords",
    { params: { repo: account.did, collection: "app.bsky.feed.post", reverse: "true" } },
  );
  expect(records.json?.records.map(({ uri, value }) => [uri, value.text, value.facets?.length])).toEqual([
    [uris[0], "Hello #world", 1],
    [uris[1], "Hello again", undefined],
  ]);

  project.write(
    "log.mjs",
    `import { Client } from "skylex";
const client = new Client();
for (const { endpoint } of await client.log.query({ order: "oldest" })) console.log(endpoint);
await client.close();
`,
  );
  const log = run(process.execPath, ["log.mjs"], project.folder, env);
  expect(log.match(/createSession/g)).toHaveLength(1);
  expect(log.match(/createRecord/g)).toHaveLength(2);
});
