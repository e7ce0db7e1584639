import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { UploadError, type VideoProgress } from "../../../src/index.ts";
import { readVideoJob } from "../../../src/media/video/video-job.ts";
import { bytesOf, fixture, latitude } from "../../unit/media/video/fixtures.ts";
import { hastyClock } from "./hasty-clock.ts";
import { openWorld, ownClip, postAndRead, storedBytes, type Uploader, type World } from "./world.ts";

let world: World;
let alice: Uploader;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  alice = await world.join();
});

describe("a video becomes part of a post", () => {
  test("A15.1 limits, upload, polls, and only then the record; every one with the token it wants", async () => {
    const waits: number[] = [];
    const { account, client, calls } = await world.join({ clock: hastyClock(waits) });
    const video = await client.uploadVideo(fixture("h264-aac.mp4"));
    const { view } = await postAndRead({ account, client, calls }, video);
    // CREATED was told with the upload; each poll takes the job a state further, and UPLOADED has the blob.
    const polls = Array(6).fill("getJobStatus");
    expect(await calls()).toEqual(["getUploadLimits", "uploadVideo", ...polls, "com.atproto.repo.createRecord"]);
    expect(waits.filter((ms) => ms === 2000)).toHaveLength(5);
    expect(view).toMatchObject({ $type: "app.bsky.embed.video#view", cid: video.blob.ref.$link });
    expect(view?.playlist).toContain(video.blob.ref.$link);
  });

  test("A15.2 with its aspect ratio, and what is stored is what was sent", async () => {
    const video = await alice.client.uploadVideo(fixture("h264-aac.mp4"));
    expect(video).toMatchObject({ aspectRatio: { width: 160, height: 90 }, transcoded: false });
    const { view } = await postAndRead(alice, video);
    expect(view?.aspectRatio).toEqual({ width: 160, height: 90 });
    expect(await storedBytes(alice, video)).toEqual(Buffer.from(bytesOf("h264-aac.mp4")));
  });

  test.each(["rotated-90.mp4", "rotated-270.mov"])("A15.8 held upright: %s", async (name) => {
    const { view } = await postAndRead(alice, await alice.client.uploadVideo(fixture(name)));
    expect(view?.aspectRatio).toEqual({ width: 90, height: 160 });
  });

  test("A15.9 with alt, captions and presentation", async () => {
    const vtt = Buffer.from("WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n");
    const captions = [
      { lang: "en", file: vtt },
      { lang: "pt-BR", file: new Blob([vtt.toString().replace("Hello", "Olá")]) },
    ];
    const options = { alt: "A test card", captions, presentation: "gif" } as const;
    const video = await alice.client.uploadVideo(fixture("silent.mp4"), options);
    const { view, record } = await postAndRead(alice, video);
    expect(view).toMatchObject({ alt: "A test card", presentation: "gif" });
    expect(record.embed).toMatchObject({
      captions: [
        { lang: "en", file: { mimeType: "text/vtt", size: vtt.length } },
        { lang: "pt-BR", file: { mimeType: "text/vtt" } },
      ],
    });
  });

  test("the place it was taken is not in what the server stores", async () => {
    for (const name of ["located.mp4", "located-keys.mov", "located-track.mp4"]) {
      const video = await alice.client.uploadVideo(fixture(name));
      await postAndRead(alice, video);
      const stored = await storedBytes(alice, video);
      for (const mark of [latitude.text, latitude.fixed, "loci", "GPS"]) expect(stored.includes(mark)).toBe(false);
    }
  });

  test("progress: read, sent to the last byte, processed", async () => {
    const seen: VideoProgress[] = [];
    const clip = ownClip(bytesOf("h264-aac.mp4"), 900_000);
    await alice.client.uploadVideo(new Blob([clip]).stream(), { onProgress: (progress) => seen.push(progress) });
    expect([...new Set(seen.map(({ phase }) => phase))]).toEqual(["probe", "upload", "processing"]);
    const sent = seen.filter(({ phase }) => phase === "upload");
    expect(sent.length).toBeGreaterThan(2);
    expect(sent.map(({ percent = 0 }) => percent)).toEqual(
      sent.map(({ percent = 0 }) => percent).toSorted((a, b) => a - b),
    );
    expect(sent.at(-1)).toEqual({ phase: "upload", percent: 100, sent: 900_000, total: 900_000 });
    expect(seen.at(-1)).toMatchObject({ phase: "processing", percent: 100 });
  });
});

describe("what the service says", () => {
  test("A15.3 the same video again: its job is taken, and nothing is stored twice", async () => {
    const clip = ownClip(bytesOf("h264-aac.mp4"));
    const first = await alice.client.uploadVideo(clip);
    const again = await alice.client.uploadVideo(clip);
    expect([again.blob, again.jobId]).toEqual([first.blob, first.jobId]);
    const [row] = await alice.client.log.query({ endpoint: "app.bsky.video.uploadVideo" });
    expect(row).toMatchObject({ httpStatusCode: 409 });
  });

  test("L5 the same video again is not an error, for the logger or in the log", async () => {
    const errors: string[] = [];
    const say = (line: string): void => void errors.push(line);
    const logger = { debug: say, info: say, warn: say, error: say };
    const own = await world.join({ logger, logLevel: "error" });
    const clip = ownClip(bytesOf("h264-aac.mp4"));
    await own.client.uploadVideo(clip);
    await own.client.uploadVideo(clip);
    expect(errors).toEqual([]);
    expect(await own.client.log.query({ failed: true })).toEqual([]);
  });

  test("A15.4 processing fails: a typed error with the service's words, and no record", async () => {
    world.service.jobs.failNext = { failureCode: "encoding_failure", error: "ffmpeg", message: "no frames" };
    const failed = alice.client.uploadVideo(ownClip(bytesOf("h264-aac.mp4")));
    await expect(failed).rejects.toBeInstanceOf(UploadError);
    await expect(failed).rejects.toMatchObject({
      job: { state: "JOB_STATE_FAILED", failureCode: "encoding_failure", error: "ffmpeg", message: "no frames" },
    });
    expect(await alice.calls()).not.toContain("com.atproto.repo.createRecord");
  });

  test("a blob that the account's own server refuses ends the job with its reason", async () => {
    // The official PDS takes 5 MiB unless it is told otherwise.
    const failed = alice.client.uploadVideo(ownClip(bytesOf("h264-aac.mp4"), 5_300_000), { multipart: false });
    await expect(failed).rejects.toMatchObject({ job: { failureCode: "pds_upload_unsupported_blob_size" } });
  });

  test("A15.7 the day's videos are used up: nothing is uploaded", async () => {
    const small = await openWorld({ dailyVideos: 1 });
    const bob = await small.join();
    await bob.client.uploadVideo(ownClip(bytesOf("h264-aac.mp4")));
    await expect(bob.client.uploadVideo(ownClip(bytesOf("h264-aac.mp4")))).rejects.toThrow(/daily limit of uploads/);
    expect((await bob.calls()).filter((name) => name === "uploadVideo")).toHaveLength(1);
    await small.close();
  });

  test("an e-mail address that is not confirmed is an error of its own", async () => {
    world.service.behaviour.emailConfirmed = false;
    const failed = alice.client.uploadVideo(ownClip(bytesOf("h264-aac.mp4")));
    await expect(failed).rejects.toThrow(/Confirm the account's e-mail address/);
    await expect(failed).rejects.toMatchObject({ name: "UploadError", job: { error: "unconfirmed_email" } });
    world.service.behaviour.emailConfirmed = true;
  });

  test.each(["flat", "wrapped"] as const)("A15.10 an answer that is %s, and a state nobody knows", async (shape) => {
    world.service.behaviour.answers = shape;
    world.service.jobs.unknownState = "JOB_STATE_POLISHING";
    const video = await alice.client.uploadVideo(ownClip(bytesOf("h264-aac.mp4")));
    expect(video.jobId).toMatch(/^job\d+$/);
    world.service.behaviour.answers = "flat";
  });

  test("A15.10 by calls of the lower level, with tokens by themselves", async () => {
    const { client, account } = alice;
    const params = { did: account.did, name: "clip.mp4" };
    const job = readVideoJob(await client.app.bsky.video.uploadVideo(ownClip(bytesOf("h264-aac.mp4")), { params }));
    const { jobStatus } = await client.app.bsky.video.getJobStatus({ jobId: job?.jobId ?? "" });
    expect(jobStatus).toMatchObject({ jobId: job?.jobId, did: account.did });
    expect((await client.app.bsky.video.getUploadLimits()).canUpload).toBe(true);
  });
});
