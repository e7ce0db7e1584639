import {
  appBskyVideoAbortUpload,
  appBskyVideoFinishUpload,
  appBskyVideoGetUploadStatus,
  appBskyVideoStartUpload,
  appBskyVideoUploadPart,
} from "../../../generated/definitions/app.bsky.ts";
import type { AppBskyVideoGetUploadStatus } from "../../../generated/types.ts";
import { sleep } from "../../core/clock.ts";
import { InvalidResponseError, UploadError, XrpcError } from "../../core/errors/index.ts";
import type { BlobRef } from "../../core/lexicon/formats.ts";
import type { UploadKey, UploadSession } from "../../storage/ports/index.ts";
import { bodyOf, hashOf } from "./video-file.ts";
import type { VideoJob } from "./video-job.ts";
import { awaitBlob } from "./await-blob.ts";
import { readVideoJob } from "./video-job.ts";
import type { PreparedVideo } from "./prepare-video.ts";
import { officialApp, patience } from "./video-rules.ts";
import type { VideoRun } from "./video-run.ts";

/** A video that the service has stored at the account's server. */
export interface UploadedBlob {
  readonly blob: BlobRef;
  readonly jobId: string | undefined;
}

type Status = AppBskyVideoGetUploadStatus.Output;

/** The service does not have the session any more, or will not go on with it. A new one is begun, once. */
const lost: ReadonlySet<string> = new Set(
  "UploadNotFound UploadExpired UploadAborted UploadFailed InvalidPartNumber PartSizeMismatch".split(" "),
);
/** The service does not take parts now: whoever has a single request left may use that. */
const unavailable: ReadonlySet<string> = new Set(
  "MethodNotImplemented XRPCNotSupported MethodNotFound ServiceOverloaded TooManyOpenUploads".split(" "),
);

/** Something else happened meanwhile; what, the session's status says. */
const unsettled: ReadonlySet<string> = new Set(["MissingParts", "UploadNotReady", "UploadAlreadyCompleted"]);

/**
 * Sends a video in parts, from where an earlier process stopped if there was one, and waits for its blob. `undefined` if the
 * service takes no parts, with nothing sent. Rules: the descriptions in the lexicons `app.bsky.video.*`.
 */
export async function uploadInParts(
  run: VideoRun,
  video: PreparedVideo,
  name: string,
): Promise<UploadedBlob | undefined> {
  const { file } = video;
  const key = { did: await run.client.did(), contentHash: await hashOf(file, run.signal), size: file.size };
  const uploads = await run.client.uploads();
  // A database that fails costs the memory of an upload, not the upload.
  const earlier = await uploads.get(key).catch(() => undefined);
  if (earlier !== undefined) {
    try {
      return await carryOut(run, video, key, earlier, true);
    } catch (error) {
      // What failed then need not fail now.
      if (run.signal.aborted || !isOver(error)) throw error;
    }
  }
  const session = await begin(run, video, name);
  if (session === undefined) return undefined;
  await uploads.save(key, session).catch(() => undefined);
  return carryOut(run, video, key, session, false);
}

async function begin(run: VideoRun, video: PreparedVideo, name: string): Promise<UploadSession | undefined> {
  const { file, mimeType, probe } = video;
  const { width, height, duration } = probe;
  const input = {
    sizeBytes: file.size,
    mimeType,
    name,
    width,
    height,
    ...(duration !== undefined && { durationMs: Math.round(duration * 1000) }),
  };
  try {
    const answer = await run.call(appBskyVideoStartUpload, input, run.options());
    const { jobId, partSizeBytes: partSize, partCount, expiresAt } = answer;
    if (partSize > 0 && partCount === Math.ceil(file.size / partSize)) {
      return { jobId, partSize, partCount, expiresAt: Date.parse(expiresAt) };
    }
    const nsid = appBskyVideoStartUpload.nsid;
    const message = `${nsid} wants ${partCount} parts of ${partSize} bytes, which does not make ${file.size}`;
    throw new InvalidResponseError(message, { nsid });
  } catch (error) {
    const isUnknown = error instanceof XrpcError && (error.status === 404 || error.status === 501);
    if (isUnknown || isNamed(error, unavailable)) return undefined;
    throw error;
  }
}

/** Brings a session to its end. What has ended, well or not, is forgotten; what was only interrupted stays for the next time. */
async function carryOut(
  run: VideoRun,
  video: PreparedVideo,
  key: UploadKey,
  session: UploadSession,
  resumed: boolean,
): Promise<UploadedBlob> {
  const uploads = await run.client.uploads();
  const forget = (): Promise<unknown> => uploads.delete(key, session.jobId).catch(() => undefined);
  try {
    const job = await deliver(run, video, session, resumed);
    const blob = await awaitBlob(run, job);
    await forget();
    return { blob, jobId: job.jobId };
  } catch (error) {
    if (run.givenUp) await Promise.all([forget(), abort(run, session)]);
    else if (!run.signal.aborted && isOver(error)) await forget();
    throw error;
  }
}

/** Nothing is lost when this fails: the service forgets the session by itself later. */
async function abort(run: VideoRun, { jobId }: UploadSession): Promise<void> {
  await run.call(appBskyVideoAbortUpload, { jobId }, { timeout: patience.abortTimeout, retry: false }).result();
}

const isNamed = (error: unknown, names: ReadonlySet<string>): boolean =>
  error instanceof XrpcError && error.error !== undefined && names.has(error.error);

const isOver = (error: unknown): boolean => error instanceof UploadError || isNamed(error, lost);

/** Sends what is missing and finishes, until the service says that it has a job for the whole. */
async function deliver(
  run: VideoRun,
  video: PreparedVideo,
  session: UploadSession,
  resumed: boolean,
): Promise<VideoJob> {
  const { jobId } = session;
  let status = resumed ? await statusOf(run, jobId) : undefined;
  for (let failures = 0; ;) {
    if (status?.state === "finishing") {
      await sleep(run.clock, patience.finishDelay, run.signal);
      status = await statusOf(run, jobId);
      continue;
    }
    if (status !== undefined && status.state !== "created") return outcomeOf(run, status);
    try {
      await sendParts(run, video, session, status?.receivedParts ?? []);
      return jobOf(await run.persistently(() => run.call(appBskyVideoFinishUpload, { jobId }, run.options())));
    } catch (error) {
      if (!isNamed(error, unsettled) || ++failures === patience.partAttempts) throw error;
      status = await statusOf(run, jobId);
    }
  }
}

const statusOf = async (run: VideoRun, jobId: string): Promise<Status> =>
  run.call(appBskyVideoGetUploadStatus, { jobId }, run.options());

function outcomeOf(run: VideoRun, status: Status): VideoJob {
  const { jobId, state, failureReason, completedJobId, jobStatus } = status;
  if (state === "completed" && completedJobId !== undefined) return jobOf({ completedJobId, jobStatus });
  const why = failureReason === undefined ? "" : `: ${failureReason}`;
  const error = state === "failed" ? "UploadFailed" : state;
  throw run.fails(`has ended the upload as ${state}${why}`, { jobId, state, error, message: failureReason });
}

/** The job to wait for may be that of the same video sent before. */
const jobOf = ({ completedJobId, jobStatus }: Pick<Status, "jobStatus"> & { completedJobId: string }): VideoJob => ({
  ...(readVideoJob(jobStatus) ?? { state: undefined, progress: undefined, blob: undefined }),
  jobId: completedJobId,
});

async function sendParts(
  run: VideoRun,
  { file }: PreparedVideo,
  { jobId, partSize, partCount }: UploadSession,
  received: readonly number[],
): Promise<void> {
  const total = file.size;
  const done = new Set(received);
  const missing = Array.from({ length: partCount }, (_, index) => index + 1).filter((part) => !done.has(part));
  const lengthOf = (part: number): number => Math.min(partSize, total - (part - 1) * partSize);
  const sent = new Map(received.map((part) => [part, lengthOf(part)]));
  const tell = (part: number, bytes: number): void => {
    sent.set(part, bytes);
    const sum = sent.values().reduce((all, one) => all + one, 0);
    run.tells({ phase: "upload", percent: Math.floor((sum / total) * 100), sent: sum, total });
  };
  // One part that cannot be sent ends the others.
  const stop = new AbortController();
  const signal = AbortSignal.any([run.signal, stop.signal]);
  const send = async (part: number): Promise<void> => {
    const from = (part - 1) * partSize;
    await run.persistently(async () => {
      tell(part, 0);
      const body = bodyOf(file, from, from + lengthOf(part), (bytes) => tell(part, bytes));
      const params = { jobId, partNumber: part };
      await run.call(appBskyVideoUploadPart, body, run.options({ params, signal }));
    }, signal);
  };
  const next = missing.values();
  const worker = async (): Promise<void> => {
    for (const part of next) await send(part);
  };
  const workers = Array.from({ length: Math.min(officialApp.parallelParts, missing.length) }, worker);
  try {
    await Promise.all(workers);
  } catch (error) {
    stop.abort(error);
    await Promise.allSettled(workers);
    throw error;
  }
}
