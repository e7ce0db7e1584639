import { describe, expect, test } from "vitest";
import { UploadError, XrpcError, type VideoProgress } from "../../../../src/index.ts";
import { readVideoJob } from "../../../../src/media/video/video-job.ts";
import { networkFailure, page, refusal } from "../../../support/fakes/scripted-fetch.ts";
import { bytesOf } from "./fixtures.ts";
import { blob, did, done, job, scriptedService, status } from "./scripted-service.ts";

const clip = bytesOf("rotated-90.mp4");
const uploaded = { uploadVideo: job("JOB_STATE_CREATED") };

const clumsy = ({ phase }: VideoProgress): void => {
  if (phase === "processing") throw new TypeError("a bug of the listener");
};

describe("the way to a blob", () => {
  test("A15.1 limits, upload, status at once and then every two seconds", async () => {
    const states = ["ENCODING", "ENCODED", "SCANNING", "SCANNED"].map((name) => status(`JOB_STATE_${name}`));
    const { client, clock, calls, fetch } = scriptedService({ ...uploaded, getJobStatus: [...states, done] });
    const video = await clock.run(client.uploadVideo(clip));
    expect(calls()).toEqual(["getUploadLimits", "uploadVideo", ...Array(5).fill("getJobStatus")]);
    expect(clock.fired).toEqual([2000, 2000, 2000, 2000]);
    expect(clock.pending).toBe(0);
    expect(video).toMatchObject({ blob, aspectRatio: { width: 90, height: 160 }, jobId: "job1", transcoded: false });
    const upload = fetch.requests.find(({ url }) => url.pathname.endsWith("uploadVideo"));
    expect(upload?.headers).toMatchObject({ "content-type": "video/mp4", "content-length": String(clip.length) });
    expect(upload?.url.searchParams.get("did")).toBe(did);
    expect(upload?.url.searchParams.get("name")).toMatch(/^\w+\.mp4$/);
  });

  test("every poll is a call with a row of its own", async () => {
    const { client, clock } = scriptedService({ ...uploaded, getJobStatus: [status("JOB_STATE_ENCODING"), done] });
    await clock.run(client.uploadVideo(clip));
    const rows = await client.log.query({ endpoint: "app.bsky.video.getJobStatus" });
    expect(rows.map(({ httpStatusCode }) => httpStatusCode)).toEqual([200, 200]);
  });

  test.each([
    ["as it is", job("JOB_STATE_CREATED")],
    ["within jobStatus", status("JOB_STATE_CREATED")],
    ["with the blob at once", job("JOB_STATE_COMPLETED", { blob })],
    ["with an error's name beside the job", job("JOB_STATE_CREATED", { error: "already_exists" })],
  ])("A15.10 the job is told %s", async (_, answer) => {
    const { client, clock } = scriptedService({ uploadVideo: answer, getJobStatus: done });
    expect((await clock.run(client.uploadVideo(clip))).blob).toEqual(blob);
  });

  test("A15.10 a call of the lower level gives what the service said, and readVideoJob what it means", async () => {
    const answer = job("JOB_STATE_CREATED");
    const { client, clock } = scriptedService({ uploadVideo: answer });
    const raw = await clock.run(
      client.app.bsky.video.uploadVideo(clip, { params: { did, name: "clip.mp4" }, encoding: "video/mp4" }),
    );
    expect(raw).toEqual(answer);
    expect(readVideoJob(raw)).toEqual(readVideoJob(status("JOB_STATE_CREATED")));
  });

  test.each([
    ["with its job", { jobId: "job1" }, ["getUploadLimits", "uploadVideo", "getJobStatus"]],
    ["with its state and no blob", job("JOB_STATE_COMPLETED"), ["getUploadLimits", "uploadVideo", "getJobStatus"]],
    ["with the blob alone", { blob }, ["getUploadLimits", "uploadVideo"]],
  ])("A15.3 a video that was sent before, refused %s, is as good as new", async (_, more, expected) => {
    const known = Response.json({ error: "already_exists", message: "known", ...more }, { status: 409 });
    const { client, clock, calls, fetch } = scriptedService({ uploadVideo: known, getJobStatus: done });
    expect((await clock.run(client.uploadVideo(clip))).blob).toEqual(blob);
    expect(calls()).toEqual(expected);
    const polls = fetch.requests.filter(({ url }) => url.pathname.endsWith("getJobStatus"));
    expect(polls.every(({ url }) => url.searchParams.get("jobId") === "job1")).toBe(true);
  });

  test("a blob counts whatever is said beside it, and a state nobody knows means patience", async () => {
    const odd = status("JOB_STATE_POLISHING", { progress: 12 });
    const late = status("JOB_STATE_FAILED", { blob, error: "already_exists" });
    const { client, clock, calls } = scriptedService({ ...uploaded, getJobStatus: [odd, odd, late] });
    expect((await clock.run(client.uploadVideo(clip))).blob).toEqual(blob);
    expect(calls()).toHaveLength(5);
  });

  test("a status that cannot be had now is asked for again", async () => {
    const getJobStatus = [...Array<Response>(4).fill(page(502)), done];
    const { client, clock } = scriptedService({ ...uploaded, getJobStatus });
    expect((await clock.run(client.uploadVideo(clip))).blob).toEqual(blob);
  });

  test("when the line breaks after the video was sent, it is sent again and found to be there", async () => {
    const again = Response.json({ error: "already_exists", jobId: "job1" }, { status: 409 });
    const uploadVideo = [networkFailure("ECONNRESET"), page(504), again];
    const { client, clock, calls } = scriptedService({ uploadVideo, getJobStatus: done });
    expect((await clock.run(client.uploadVideo(clip))).blob).toEqual(blob);
    expect(calls().filter((name) => name === "uploadVideo")).toHaveLength(3);
  });
});

describe("what goes wrong has a name", () => {
  test("A15.4 processing that failed: code, error and words of the service", async () => {
    const failure = { failureCode: "encoding_failure", error: "ffmpeg", message: "no frames" };
    const getJobStatus = [status("JOB_STATE_ENCODING"), status("JOB_STATE_FAILED", failure)];
    const { client, clock, calls } = scriptedService({ ...uploaded, getJobStatus });
    const error: unknown = await clock.run(client.uploadVideo(clip)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UploadError);
    expect(error).toMatchObject({
      message: expect.stringMatching(/encoding_failure: ffmpeg: no frames.*Nothing was posted/) as unknown,
      job: { jobId: "job1", state: "JOB_STATE_FAILED", ...failure },
    });
    expect(calls()).not.toContain("com.atproto.repo.createRecord");
    expect(clock.pending).toBe(0);
  });

  test("a job that is done and has no blob", async () => {
    const { client, clock } = scriptedService({ ...uploaded, getJobStatus: status("JOB_STATE_COMPLETED") });
    await expect(clock.run(client.uploadVideo(clip))).rejects.toThrow(/gives no blob/);
  });

  test.each([
    [undefined, 600_000],
    [30_000, 30_000],
  ])("A15.5 no end in sight: timeout %s, one deadline for all of it", async (timeout, expected) => {
    const { client, clock, calls } = scriptedService({ ...uploaded, getJobStatus: status("JOB_STATE_SCANNING") });
    const start = clock.now();
    const error: unknown = await clock.run(client.uploadVideo(clip, { timeout })).catch((reason: unknown) => reason);
    expect(clock.now() - start).toBe(expected);
    expect(calls().filter((name) => name === "getJobStatus")).toHaveLength(expected / 2000);
    expect(error).toBeInstanceOf(UploadError);
    expect(error).toMatchObject({ job: { jobId: "job1", state: "JOB_STATE_SCANNING", error: "timeout" } });
  });

  test.each([
    [{ canUpload: false, message: "Come back tomorrow", error: "daily_limit" }, /Come back tomorrow/],
    [{ canUpload: false }, /may not upload videos now/],
    [{ canUpload: true, remainingDailyVideos: 0 }, /no more videos today/],
    [{ canUpload: true, remainingDailyVideos: 3, remainingDailyBytes: 100 }, /only 100 more bytes today.*has 6371/],
  ])("A15.7 limits %j: nothing is uploaded", async (limits, said) => {
    const { client, clock, calls } = scriptedService({ getUploadLimits: limits });
    const failed = clock.run(client.uploadVideo(clip));
    await expect(failed).rejects.toThrow(said);
    await expect(failed).rejects.toBeInstanceOf(UploadError);
    expect(calls()).toEqual(["getUploadLimits"]);
  });

  test.each([
    ["unconfirmed_email", 401, /e-mail address first/],
    ["unconfirmed_email", 400, /e-mail address first/],
    ["already_exists", 409, /already_exists/],
    ["UploadForbidden", 403, /UploadForbidden/],
  ])("a refusal by name: %s, %i", async (name, code, said) => {
    const { client, clock } = scriptedService({ uploadVideo: refusal(code, name) });
    const failed = clock.run(client.uploadVideo(clip));
    await expect(failed).rejects.toThrow(said);
    await expect(failed).rejects.toMatchObject({
      name: "UploadError",
      job: { error: name, message: `${name} happened` },
    });
  });

  test("what is not about the video stays what it is", async () => {
    const { client, clock } = scriptedService({ getUploadLimits: refusal(400, "InvalidToken") });
    await expect(clock.run(client.uploadVideo(clip))).rejects.toBeInstanceOf(XrpcError);
  });

  test("an abort ends it with its own reason, and nothing more is asked", async () => {
    const reason = new Error("changed my mind");
    const controller = new AbortController();
    const { client, clock, calls } = scriptedService({ ...uploaded, getJobStatus: status("JOB_STATE_ENCODING") });
    const onProgress = ({ phase }: VideoProgress): void => {
      if (phase === "processing") controller.abort(reason);
    };
    const failed = clock.run(client.uploadVideo(clip, { signal: controller.signal, onProgress }));
    await expect(failed).rejects.toBe(reason);
    expect(calls().length).toBeLessThanOrEqual(3);
    expect(clock.pending).toBe(0);
    await expect(client.uploadVideo(clip, { signal: controller.signal })).rejects.toBe(reason);
  });

  test("a listener that throws ends the upload with what it threw", async () => {
    const { client, clock } = scriptedService({ ...uploaded, getJobStatus: done });
    const failed = clock.run(client.uploadVideo(clip, { onProgress: clumsy }));
    await expect(failed).rejects.toThrow("a bug of the listener");
  });
});

describe("parts, where the service takes none", () => {
  test.each([
    ["does not know the method", refusal(501, "MethodNotImplemented")],
    ["has no such path", page(404)],
    ["is at capacity", refusal(503, "ServiceOverloaded")],
    ["has too many open", refusal(400, "TooManyOpenUploads")],
  ])("the whole is sent: it %s", async (_, startUpload) => {
    const { client, clock, calls } = scriptedService({ ...uploaded, startUpload, getJobStatus: done });
    expect((await clock.run(client.uploadVideo(clip, { multipart: true }))).blob).toEqual(blob);
    expect([...new Set(calls())]).toEqual(["getUploadLimits", "startUpload", "uploadVideo", "getJobStatus"]);
  });

  test("other refusals are final", async () => {
    const { client, clock, calls } = scriptedService({ ...uploaded, startUpload: refusal(400, "VideoTooLong") });
    await expect(clock.run(client.uploadVideo(clip, { multipart: true }))).rejects.toMatchObject({
      name: "UploadError",
      job: { error: "VideoTooLong" },
    });
    expect(calls()).toEqual(["getUploadLimits", "startUpload"]);
  });

  test("a plan that does not add up is refused before a byte is sent", async () => {
    const startUpload = { jobId: "u", partSizeBytes: 5000, partCount: 7, expiresAt: "2027-01-01T00:00:00Z" };
    const { client, clock, calls } = scriptedService({ startUpload });
    await expect(clock.run(client.uploadVideo(clip, { multipart: true }))).rejects.toMatchObject({
      name: "InvalidResponseError",
    });
    expect(calls()).toEqual(["getUploadLimits", "startUpload"]);
  });
});
