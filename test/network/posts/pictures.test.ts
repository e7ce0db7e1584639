import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join as path } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from "vitest";
import { MediaError, Post, type AppBskyFeedDefs } from "../../../src/index.ts";
import { makePng } from "../endpoints/png.ts";
import { startFaultProxy, type FaultProxy } from "../../support/servers/fault-proxy.ts";
import { clientOf, count, join, shown, type Person } from "./world.ts";

let alice: Person;
let bob: Person;
let folder: string;

beforeAll(async () => {
  [alice, bob] = await Promise.all([join(), join()]);
  folder = mkdtempSync(path(tmpdir(), "skylex-pictures-"));
  for (const [index, name] of ["a", "b", "c", "d d"].entries()) {
    writeFileSync(path(folder, `${name}.png`), makePng(40 + index, 10 * index));
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

type View = NonNullable<AppBskyFeedDefs.PostView["embed"]>;

async function embedOf(uri: string): Promise<View> {
  const { embed } = (await shown(uri, bob.client)).post;
  if (embed === undefined) throw new Error("no embed");
  return embed;
}

async function proxied(): Promise<FaultProxy> {
  const proxy = await startFaultProxy(inject("network").pds);
  onTestFinished(() => proxy.close());
  return proxy;
}

const uploads = ({ log }: FaultProxy): number => log.filter(({ nsid }) => nsid.endsWith("uploadBlob")).length;

describe("pictures", () => {
  test("A13.4 four of a markdown text, from files, in order and with their descriptions", async () => {
    const markdown =
      "A **walk**, see [all](https://example.com):\n\n![one](a.png)\n![two](b.png)\n\n![](c.png) ![four](d%20d.png)";
    const { uri } = await alice.client.createPost(markdown, { markdown: { baseDir: folder }, allowMissingAlt: true });
    const { post } = await shown(uri, bob.client);
    expect(post.record).toMatchObject({ text: "A walk, see all:" });
    expect(post.embed).toMatchObject({
      $type: "app.bsky.embed.images#view",
      images: [
        { alt: "one", aspectRatio: { width: 40, height: 40 } },
        { alt: "two", aspectRatio: { width: 41, height: 41 } },
        { alt: "", aspectRatio: { width: 42, height: 42 } },
        { alt: "four", aspectRatio: { width: 43, height: 43 } },
      ],
    });
  });

  test("A14.9 from path, URL, bytes and Blob, with a ratio of one's own", async () => {
    const file = path(folder, "a.png");
    const bytes = makePng(40, 0);
    const post = new Post("four ways")
      .image(file, "path")
      .image(new URL(`file://${file}`), "URL")
      .image(bytes, "bytes")
      .image(new Blob([new Uint8Array(bytes)]), "blob", { aspectRatio: { width: 3, height: 2 } });
    const { uri } = await alice.client.createPost(post);
    expect(await embedOf(uri)).toMatchObject({
      images: [
        { alt: "path" },
        { alt: "URL" },
        { alt: "bytes" },
        { alt: "blob", aspectRatio: { width: 3, height: 2 } },
      ],
    });
  });

  test("five and more as a gallery", async () => {
    const images = Array.from({ length: 6 }, (_, index) => ({ source: makePng(30 + index, index), alt: `${index}` }));
    const { uri } = await alice.client.createPost({ images, gallery: true });
    const record = (await shown(uri, bob.client)).post.record as {
      embed?: { $type: string; items: { alt: string; aspectRatio: object }[] };
    };
    expect(record.embed?.$type).toBe("app.bsky.embed.gallery");
    expect(record.embed?.items.map(({ alt, aspectRatio }) => [alt, aspectRatio])).toEqual(
      images.map(({ alt }, index) => [alt, { width: 30 + index, height: 30 + index }]),
    );
  });

  test("A13.15 a quote, alone and with pictures", async () => {
    const { uri: quoted } = await bob.client.createPost("quote me");
    const alone = await alice.client.createPost("see", { quote: quoted });
    expect(await embedOf(alone.uri)).toMatchObject({ $type: "app.bsky.embed.record#view", record: { uri: quoted } });
    const both = await alice.client.createPost("see", {
      quote: quoted,
      images: [{ source: makePng(40, 7), alt: "grey" }],
    });
    expect(await embedOf(both.uri)).toMatchObject({
      $type: "app.bsky.embed.recordWithMedia#view",
      record: { record: { uri: quoted } },
      media: { $type: "app.bsky.embed.images#view" },
    });
  });

  test("in each post of a thread", async () => {
    const { posts } = await alice.client.createThread([
      { text: "one", images: [{ source: makePng(40, 1), alt: "grey" }] },
      new Post("two").image(makePng(40, 2), "second"),
    ]);
    const embeds = await Promise.all(posts.map(({ uri }) => embedOf(uri)));
    expect(embeds).toMatchObject([{ images: [{ alt: "grey" }] }, { images: [{ alt: "second" }] }]);
  });

  test("dryRun has the very blob that is then uploaded", async () => {
    const content = { text: "same", images: [{ source: makePng(40, 99), alt: "grey" }], createdAt: new Date() };
    const draft = await alice.client.createPost(content, { dryRun: true });
    const { cid } = await alice.client.createPost(content);
    expect(cid).toBe(draft.cid);
  });
});

describe("A13.8 cards", () => {
  test("with and without a thumbnail", async () => {
    const card = { uri: "https://example.com/page", title: "A page", description: "About it" };
    const bare = await alice.client.createPost({ text: "", external: card });
    expect(await embedOf(bare.uri)).toEqual({ $type: "app.bsky.embed.external#view", external: card });
    const full = await alice.client.createPost(new Post("look").external({ ...card, thumb: path(folder, "b.png") }));
    expect(await embedOf(full.uri)).toMatchObject({
      external: { ...card, thumb: expect.stringMatching(/^http/) as string },
    });
  });

  test("X3 read from the page of a URL, which must not lead inside", async () => {
    const requests: string[] = [];
    const server = createServer((request, response) => {
      requests.push(request.url ?? "");
      if (request.url === "/pic.png") return response.setHeader("content-type", "image/png").end(makePng(50, 3));
      if (request.url === "/moved") return response.writeHead(302, { location: "/page" }).end();
      if (request.url === "/large")
        return response.setHeader("content-type", "text/html").end(`<title>Large</title>${"x".repeat(1_100_000)}`);
      if (request.url === "/bare")
        return response
          .setHeader("content-type", "text/html")
          .end("<title>Bare</title><meta property=og:image content=/none.png>");
      if (request.url !== "/page") return response.writeHead(404).end();
      return response
        .setHeader("content-type", "text/html; charset=utf-8")
        .end(
          `<head><meta property="og:title" content="Tom &amp; Jerry"><meta property="og:description" content="A chase"><meta property="og:image" content="/pic.png"></head>`,
        );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const url = (page: string): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${page}`;
    const client = clientOf(alice, { media: { allowPrivateAddresses: true } });

    const { uri } = await client.createPost("read it", { external: url("moved") });
    expect(await embedOf(uri)).toMatchObject({
      external: {
        uri: url("moved"),
        title: "Tom & Jerry",
        description: "A chase",
        thumb: expect.stringMatching(/^http/) as string,
      },
    });
    const bare = await client.createPost("no picture", { external: url("bare") });
    expect(await embedOf(bare.uri)).toEqual({
      $type: "app.bsky.embed.external#view",
      external: { uri: url("bare"), title: "Bare", description: "" },
    });
    // X3: the first megabyte is read, where the tags stand.
    const large = await client.createPost("much", { external: url("large") });
    expect(await embedOf(large.uri)).toMatchObject({ external: { title: "Large" } });
    // X3: a page that cannot be had may leave a plain card.
    const plain = { uri: url("gone"), title: "Mine", readPage: true, ifUnreadable: "plain" } as const;
    const card = await client.createPost("plain", { external: plain });
    expect(await embedOf(card.uri)).toMatchObject({ external: { uri: url("gone"), title: "Mine", description: "" } });
    await expect(client.createPost("not there", { external: url("gone") })).rejects.toThrow(/status 404/);

    const before = requests.length;
    await expect(alice.client.createPost("inside", { external: url("page") })).rejects.toThrow(/allowPrivateAddresses/);
    await expect(alice.client.createPost("inside", { external: "http://localhost/" })).rejects.toThrow(MediaError);
    expect(requests.length).toBe(before);
  });
});

describe("when uploading fails", () => {
  test("A13.18 nothing is posted, and the file is named", async () => {
    const proxy = await proxied();
    const writer = await join();
    const client = clientOf(writer, { service: proxy.url, retry: false });
    proxy.next({ nsid: "uploadBlob" }, { kind: "status", status: 500 });
    const file = path(folder, "a.png");
    const error = await client
      .createPost("with a picture", { images: [{ source: file, alt: "a" }] })
      .catch((error: unknown) => error);
    expect(error).toBeInstanceOf(MediaError);
    expect(error).toMatchObject({ media: file, retryable: true, cause: { status: 500 } });
    expect((error as Error).message).toContain("nothing was posted");
    expect(await count(writer)).toBe(0);
  });

  test("bytes that arrived are not sent again when the post is tried again", async () => {
    const proxy = await proxied();
    const writer = await join();
    const client = clientOf(writer, { service: proxy.url, retry: false });
    const post = new Post("two pictures").image(makePng(40, 55), "a").image(makePng(41, 56), "b");
    proxy.next({ nsid: "createRecord" }, { kind: "status", status: 502, html: true });
    proxy.next({ nsid: "getRecord" }, { kind: "status", status: 502, html: true });
    await expect(client.createPost(post)).rejects.toThrow(/502/);
    expect(uploads(proxy)).toBe(2);
    await client.createPost(post);
    expect(uploads(proxy)).toBe(2);
    expect(await count(writer)).toBe(1);
  });

  test("A13.9 skipUploads leaves files out, a card keeps its title and link", async () => {
    const proxy = await proxied();
    const client = clientOf(alice, { service: proxy.url });
    const text = await client.createPost({ text: "![a](none.png) only text", markdown: true }, { skipUploads: true });
    expect((await shown(text.uri, bob.client)).post).not.toHaveProperty("embed");
    const external = { uri: "https://x.y", title: "T", description: "D" };
    const card = await client.createPost(
      { text: "c", external: { ...external, thumb: "none.png" } },
      { skipUploads: true },
    );
    expect(await embedOf(card.uri)).toMatchObject({ external });
    expect(uploads(proxy)).toBe(0);
  });

  test("A13.7 what is answered is looked up before anything is uploaded", async () => {
    const proxy = await proxied();
    const client = clientOf(alice, { service: proxy.url });
    const replyTo = `at://${bob.did}/app.bsky.feed.post/3kvyvhmkfxs2c`;
    await expect(
      client.createPost("x", { images: [{ source: makePng(40, 77), alt: "grey" }], replyTo }),
    ).rejects.toThrow(/is not there/);
    expect(uploads(proxy)).toBe(0);
  });
});
