import { afterAll, beforeAll, expect, inject, test, vi } from "vitest";
import {
  IncompatibleMediaError,
  Post,
  UploadError,
  type AppBskyFeedDefs,
  type VideoProgress,
} from "../../../src/index.ts";
import { processAll } from "../../support/servers/control.ts";
import { ffmpegPath, ffprobePath } from "../../unit/media/video/binaries.ts";
import { bytesOf, fixture } from "../../unit/media/video/fixtures.ts";
import { openWorld, ownClip, type Uploader, type World } from "./world.ts";

let world: World;
let alice: Uploader;
beforeAll(async () => {
  // Looked for once in a process.
  vi.stubEnv("FFMPEG_PATH", ffmpegPath);
  vi.stubEnv("FFPROBE_PATH", ffprobePath);
  world = await openWorld();
  alice = await world.join();
});
afterAll(() => {
  vi.unstubAllEnvs();
  return world.close();
});

async function shown(uri: string): Promise<AppBskyFeedDefs.PostView> {
  await processAll(inject("network"));
  const view = await alice.client.getPost(uri);
  if (view === undefined) throw new Error(`${uri} is not shown`);
  return view;
}

const posts = async (): Promise<number> => {
  let count = 0;
  for await (const _ of alice.client.app.bsky.feed.post.list()) count++;
  return count;
};

test("A15.9 a post with a video, beside a quote, is shown with both, its alt, captions and ratio", async () => {
  const quoted = await alice.client.createPost("to be quoted");
  const phases = new Set<string>();
  const captions = [{ lang: "en", file: Buffer.from("WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n") }];
  const post = new Post("A clip").video(fixture("rotated-90.mp4"), "A test card", { captions }).quote(quoted.url);
  const { uri } = await alice.client.createPost(post, {
    onProgress: ({ phase }: VideoProgress) => phases.add(phase),
  });
  const { embed, record } = await shown(uri);
  expect(embed).toMatchObject({
    $type: "app.bsky.embed.recordWithMedia#view",
    media: { $type: "app.bsky.embed.video#view", alt: "A test card", aspectRatio: { width: 90, height: 160 } },
    record: { record: { uri: quoted.uri } },
  });
  expect(record).toMatchObject({ embed: { media: { captions: [{ lang: "en", file: { mimeType: "text/vtt" } }] } } });
  expect([...phases]).toEqual(["probe", "upload", "processing"]);
});

test("under a key the video is uploaded once and posted once", async () => {
  const video = { source: fixture("silent.mp4"), alt: "Nothing moves" };
  const first = await alice.client.createPost({ text: "once", video }, { key: "clip" });
  const uploads = async (): Promise<number> =>
    (await alice.calls()).filter((name) => name === "uploadVideo" || name === "getUploadLimits").length;
  const before = await uploads();
  const again = await alice.client.createPost({ text: "once", video }, { key: "clip" });
  expect([again.uri, again.existing]).toEqual([first.uri, true]);
  expect(await uploads()).toBe(before);
});

test("a thread shows the video where it belongs", async () => {
  const { posts: parts } = await alice.client.createThread([
    "First",
    { text: "Second", video: { source: ownClip(bytesOf("h264-aac.mp4")), alt: "A test card" } },
  ]);
  const [first, second] = await Promise.all(parts.map(({ uri }) => shown(uri)));
  expect(first?.embed).toBeUndefined();
  expect(second?.embed).toMatchObject({ $type: "app.bsky.embed.video#view", aspectRatio: { width: 160, height: 90 } });
});

test("A15.4 A15.6 no post when the video cannot be taken, or its processing fails", async () => {
  const before = await posts();
  await expect(
    alice.client.createPost({ text: "no", video: { source: fixture("vp9-opus.webm"), alt: "x" } }),
  ).rejects.toBeInstanceOf(IncompatibleMediaError);
  world.service.jobs.failNext = { failureCode: "encoding_failure" };
  await expect(
    alice.client.createPost({ text: "no", video: { source: ownClip(bytesOf("h264-aac.mp4")), alt: "x" } }),
  ).rejects.toBeInstanceOf(UploadError);
  expect(await posts()).toBe(before);
});

test("transcode: true posts what could not be posted", async () => {
  const { uri } = await alice.client.createPost({
    text: "converted",
    video: { source: fixture("vp9-opus.webm"), alt: "A test card", transcode: true },
  });
  expect((await shown(uri)).embed).toMatchObject({ $type: "app.bsky.embed.video#view", alt: "A test card" });
});
