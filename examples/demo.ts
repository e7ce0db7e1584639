/**
 * The whole way on the official server software, started here: two accounts, posts and a reply, and the thread as the
 * AppView shows it. Run it with `npm run demo`.
 */
import type { AppBskyFeedDefs } from "skylex";
import { Client } from "skylex";
import { startNetwork } from "../test/support/servers/start.ts";

interface Member {
  readonly client: Client;
  readonly did: string;
  readonly handle: string;
}

/** Signs an account up and gives a client that writes as it. */
async function join(name: string): Promise<Member> {
  const servers = { service: network.pds, plcDirectory: network.plc, storage: ":memory:" };
  const handle = `${name}.test`;
  const anyone = new Client(servers);
  const { did, accessJwt } = await anyone.com.atproto.server.createAccount({
    handle,
    email: `${name}@example.com`,
    password: "correct horse battery staple",
  });
  return { client: new Client({ ...servers, accessToken: accessJwt }), did, handle };
}

/** Draws a thread as a tree. */
function draw(client: Client, { post: view, replies = [] }: AppBskyFeedDefs.ThreadViewPost, depth = 0): void {
  const text = client.app.bsky.feed.post.is(view.record) ? view.record.text : "(something else)";
  console.log(`${"   ".repeat(depth)}${depth > 0 ? "└─ " : ""}@${view.author.handle}: ${text}`);
  for (const answer of replies) {
    if (answer.$type === "app.bsky.feed.defs#threadViewPost") draw(client, answer, depth + 1);
  }
}

console.log("Starting the official servers: PLC, PDS and AppView …");
const network = await startNetwork();
try {
  const alice = await join("alice");
  const bob = await join("bob-the-bot");
  console.log(`Signed up @${alice.handle} (${alice.did}) and @${bob.handle} (${bob.did})`);

  const first = await alice.client.createPost("Hello from a freshly generated client.");
  await alice.client.createPost("Every endpoint of the lexicons is a typed method.");
  const answer = await bob.client.createPost("Hello Alice! I only exist for this demo.", { replyTo: first });
  await alice.client.createPost("So do I.", { replyTo: answer });
  await network.processAll();

  // No token goes to another host than the account's own: this is what anyone sees.
  const reader = alice.client.with({ service: network.appview });
  const { thread } = await reader.app.bsky.feed.getPostThread({ uri: first.uri });
  if (thread.$type !== "app.bsky.feed.defs#threadViewPost")
    throw new Error(`The AppView has no thread: ${thread.$type}`);
  console.log(`\nThe thread ${first.url}, as the AppView shows it to anyone:\n`);
  draw(reader, thread);

  console.log(`\nEverything @${alice.handle} wrote, newest first:\n`);
  for await (const { post: view } of reader.app.bsky.feed.getAuthorFeed({ actor: alice.handle })) {
    if (reader.app.bsky.feed.post.is(view.record)) console.log(`- ${view.record.text}`);
  }
} finally {
  await network.close();
}
