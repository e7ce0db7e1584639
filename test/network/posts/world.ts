import { inject } from "vitest";
import type { AppBskyFeedDefs, AppBskyFeedPost } from "../../../src/index.ts";
import { Client, type ClientOptions } from "../../../src/index.ts";
import { signUp, type Account } from "../../support/servers/accounts.ts";
import { processAll } from "../../support/servers/control.ts";

export interface Person extends Account {
  readonly client: Client;
}

/** A fresh account and a client that acts for it. */
export async function join(options: ClientOptions = {}): Promise<Person> {
  const { pds } = inject("network");
  const account = await signUp(pds);
  return { ...account, client: clientOf(account, options) };
}

export const clientOf = ({ accessJwt }: Account, options: ClientOptions = {}): Client =>
  new Client({
    service: inject("network").pds,
    accessToken: accessJwt,
    storage: ":memory:",
    logLevel: "silent",
    ...options,
  });

/** A post as the AppView shows it to somebody, once it has read everything. */
export async function shown(uri: string, viewer: Client): Promise<AppBskyFeedDefs.$ThreadViewPost> {
  await processAll(inject("network"));
  const { thread } = await viewer.app.bsky.feed.getPostThread({ uri, depth: 100, parentHeight: 100 });
  if (thread.$type !== "app.bsky.feed.defs#threadViewPost") throw new Error(`${uri} is shown as ${thread.$type}`);
  return thread;
}

export const recordOf = ({ post }: AppBskyFeedDefs.ThreadViewPost): AppBskyFeedPost.Main =>
  post.record as unknown as AppBskyFeedPost.Main;

/** A thread from its first post to its last, each the only answer to the one before. */
export function chain(thread: AppBskyFeedDefs.ThreadViewPost): AppBskyFeedDefs.ThreadViewPost[] {
  const [reply] = (thread.replies ?? []) as AppBskyFeedDefs.$ThreadViewPost[];
  return reply === undefined ? [thread] : [thread, ...chain(reply)];
}

/** How many records a repository has of a kind. */
export async function count({ client, did }: Person, collection = "app.bsky.feed.post"): Promise<number> {
  let found = 0;
  for await (const _ of client.com.atproto.repo.listRecords({ repo: did, collection, limit: 100 })) found++;
  return found;
}
