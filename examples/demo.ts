/**
 * The whole way on the official server software, started here: two accounts, posts and a reply, and the thread as the
 * AppView shows it. Run it with `npm run demo`.
 */
import type { AppBskyFeedDefs } from "skylex";
import { Client } from "skylex";
import { startNetwork } from "../test/network/start.ts";

interface Member {
  readonly client: Client;
  readonly did: string;
  readonly handle: string;
}

/** Signs an account up and gives a client that writes as it. */
async function join(pds: string, name: string): Promise<Member> {
  const handle = `${name}.test`;
  const anyone = new Client({ service: pds, storage: ":memory:" });
  const { did, accessJwt } = await anyone.com.atproto.server.createAccount({
    handle,
    email: `${name}@example.com`,
    password: "correct horse battery staple",
  });
  return { client: new Client({ service: pds, accessToken: accessJwt, storage: ":memory:" }), did, handle };
}

/** Writes a post, as a reply to another if one is given. */
async function post(by: Member, text: string, parent?: Ref): Promise<Ref> {
  const reply = parent && { root: parent.root ?? parent, parent };
  const record = { $type: "app.bsky.feed.post", text, createdAt: new Date(), reply };
  const { uri, cid } = await by.client.com.atproto.repo.createRecord({
    repo: by.did,
    collection: by.client.app.bsky.feed.post.nsid,
    record,
  });
  return { uri, cid, ...(parent && { root: parent.root ?? parent }) };
}

interface Ref {
  readonly uri: string;
  readonly cid: string;
  /** The first post of the thread, when this is a reply */
  readonly root?: Ref;
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
  const alice = await join(network.pds, "alice");
  const bob = await join(network.pds, "bob-the-bot");
  console.log(`Signed up @${alice.handle} (${alice.did}) and @${bob.handle} (${bob.did})`);

  const first = await post(alice, "Hello from a freshly generated client.");
  await post(alice, "Every endpoint of the lexicons is a typed method.");
  const answer = await post(bob, "Hello Alice! I only exist for this demo.", first);
  await post(alice, "So do I.", answer);
  await network.processAll();

  const reader = new Client({ service: network.appview, storage: ":memory:" });
  const { thread } = await reader.app.bsky.feed.getPostThread({ uri: first.uri });
  if (thread.$type !== "app.bsky.feed.defs#threadViewPost")
    throw new Error(`The AppView has no thread: ${thread.$type}`);
  console.log(`\nThe thread ${first.uri}, as the AppView shows it to anyone:\n`);
  draw(reader, thread);

  console.log(`\nEverything @${alice.handle} wrote, newest first:\n`);
  for await (const { post: view } of reader.app.bsky.feed.getAuthorFeed({ actor: alice.handle })) {
    if (reader.app.bsky.feed.post.is(view.record)) console.log(`- ${view.record.text}`);
  }
} finally {
  await network.close();
}
