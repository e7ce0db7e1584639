import { inject, expect, test } from "vitest";
import { ValidationError } from "../../../src/index.ts";
import { processAll } from "../../support/servers/control.ts";
import { newPost } from "../../support/servers/accounts.ts";
import { clientOf, join } from "./world.ts";

test("E11 a post of one's own that was deleted in an app is not answered, by URI or by key", async () => {
  const alice = await join();
  const { uri, cid } = await alice.client.createPost("to be deleted", { key: "k" });
  expect((await alice.client.createPost("an answer", { replyTo: uri })).uri).toMatch(/^at:/);
  expect((await alice.client.createPost("an answer", { replyTo: { key: "k" } })).uri).toMatch(/^at:/);
  // Another program, whose database is another.
  await clientOf(alice).deletePost(uri);
  for (const replyTo of [uri, { key: "k" }]) {
    const error: unknown = await alice.client.createPost("too late", { replyTo }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ValidationError);
    expect(String(error)).toContain("it was deleted, or never was");
  }
  // Who gives root and parent has looked.
  expect(
    (await alice.client.createPost("still", { replyTo: { root: { uri, cid }, parent: { uri, cid } } })).uri,
  ).toMatch(/^at:/);
});

test("E11 an answer to a post of one's own that was edited names its new version", async () => {
  const alice = await join();
  const { uri, rkey } = await alice.client
    .createPost("first")
    .then((post) => ({ ...post, rkey: post.uri.split("/").at(-1) ?? "" }));
  const record = newPost("second");
  const { cid } = await clientOf(alice).com.atproto.repo.putRecord({
    repo: alice.did,
    collection: "app.bsky.feed.post",
    rkey,
    record,
  });
  const { posts } = await alice.client.createPost("an answer", { replyTo: uri, dryRun: true });
  expect(posts[0]?.record.reply).toEqual({ root: { uri, cid }, parent: { uri, cid } });
});

test("L4 a post of one's own is read before the AppView has it, and is gone when it is deleted", async () => {
  let isAway = true;
  const fetchOf = (url: string | URL | Request, init?: RequestInit): Promise<Response> =>
    isAway && String(url instanceof Request ? url.url : url).includes("getPosts")
      ? Promise.resolve(Response.json({ posts: [] }))
      : fetch(url, init);
  const alice = await join({ fetch: fetchOf });
  const picture = {
    $type: "app.bsky.embed.external" as const,
    external: { uri: "https://example.com", title: "t", description: "d" },
  };
  const { uri, cid } = await alice.client.createPost("just now", { embed: picture });
  const rkey = uri.split("/").at(-1) ?? "";
  for (const name of [uri, rkey]) {
    expect(await alice.client.getPost(name)).toMatchObject({
      $type: "app.bsky.feed.defs#postView",
      uri,
      cid,
      author: { did: alice.did, handle: alice.handle },
      record: { text: "just now", embed: picture },
    });
  }
  isAway = false;
  await processAll(inject("network"));
  expect(await alice.client.getPost(uri)).toMatchObject({
    uri,
    cid,
    record: { text: "just now" },
    author: { did: alice.did },
  });
  const other = await alice.client.createPost("shortly");
  await alice.client.deletePost(other.uri);
  await processAll(inject("network"));
  expect(await alice.client.getPosts([other.uri, uri])).toMatchObject([undefined, { uri }]);
});

const unavailable = (): Response => new Response("<h1>Bad Gateway</h1>", { status: 502 });
const refusal = (status: number, error: string): Response => Response.json({ error, message: error }, { status });

test("P3 a mention that cannot be looked up is text, and the post is sent; an answer does not need the AppView", async () => {
  const lines: string[] = [];
  const say = (line: string): void => void lines.push(line);
  const { pds } = inject("network");
  const bob = await join();
  const { uri } = await bob.client.createPost("a question");
  await processAll(inject("network"));
  let handles = unavailable;
  const fetchOf = (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const { pathname } = new URL(url instanceof Request ? url.url : url);
    if (pathname.endsWith("resolveHandle")) return Promise.resolve(handles());
    if (pathname.endsWith("getPostThread")) return Promise.resolve(new Response("{}", { status: 502 }));
    return fetch(url, init);
  };
  const alice = await join({
    fetch: fetchOf,
    retry: false,
    logLevel: "warn",
    logger: { debug: say, info: say, warn: say, error: () => undefined },
  });
  for (const answer of [
    unavailable,
    () => refusal(501, "MethodNotImplemented"),
    () => refusal(404, "NotFound"),
    () => refusal(400, "InvalidHandle"),
    () => new Response("<html>"),
  ]) {
    handles = answer;
    lines.length = 0;
    const post = await alice.client.createPost(`Hello @${bob.handle} #tag`, { replyTo: uri });
    expect(post.unresolvedMentions).toEqual([bob.handle]);
    expect(lines).toEqual([expect.stringContaining(`@${bob.handle} could not be looked up`)]);
    const [repo, collection, rkey] = post.uri.replace("at://", "").split("/") as [string, string, string];
    const { value } = await clientOf(alice, { service: pds }).com.atproto.repo.getRecord({ repo, collection, rkey });
    expect(value).toMatchObject({ facets: [{ features: [{ tag: "tag" }] }], reply: { parent: { uri } } });
  }
});

test("P3 an abort while a mention is looked up ends the post", async () => {
  const controller = new AbortController();
  const fetchOf = (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
    if (!String(url instanceof Request ? url.url : url).includes("resolveHandle")) return fetch(url, init);
    controller.abort(new Error("enough"));
    return Promise.resolve(new Response("", { status: 502 }));
  };
  const alice = await join({ fetch: fetchOf, retry: false });
  await expect(alice.client.createPost("Hello @nobody.test", { signal: controller.signal })).rejects.toThrow("enough");
});
