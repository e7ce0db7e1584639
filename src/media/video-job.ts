import { appBskyVideoGetJobStatus } from "../../generated/definitions/app.bsky.ts";
import { sleep } from "../core/clock.ts";
import type { UploadJob } from "../core/errors.ts";
import { SkylexError, XrpcError } from "../core/errors.ts";
import type { BlobRef } from "../core/formats.ts";
import { patience } from "./video-rules.ts";
import type { VideoRun } from "./video-run.ts";

/** A job of the video service, however it was told. A state that is not known means that it is under way. */
export interface VideoJob extends UploadJob {
  /** 0 to 100 within the state */
  readonly progress: number | undefined;
  /** The processed video, as soon as it is stored */
  readonly blob: BlobRef | undefined;
}

/**
 * Reads a job out of an answer of the video service: `uploadVideo` gives it as it is, others within `jobStatus`, and refusals such as
 * `already_exists` have one in their body. `undefined` if there is none.
 */
export function readVideoJob(answer: unknown): VideoJob | undefined {
  const value = fieldsOf(answer instanceof XrpcError ? parse(answer.body) : answer);
  const fields = "jobStatus" in value ? fieldsOf(value["jobStatus"]) : value;
  const text = (name: string): string | undefined => {
    const field = fields[name];
    return typeof field === "string" && field !== "" ? field : undefined;
  };
  const { progress, blob } = fields;
  const jobId = text("jobId");
  if (jobId === undefined && !isBlob(blob)) return undefined;
  return {
    jobId,
    state: text("state") ?? "JOB_STATE_CREATED",
    progress: typeof progress === "number" ? progress : undefined,
    blob: isBlob(blob) ? blob : undefined,
    error: text("error"),
    failureCode: text("failureCode"),
    message: text("message"),
  };
}

/** What the service says of a refusal, for people. */
export function messageOf(error: XrpcError): string | undefined {
  const { message } = fieldsOf(parse(error.body));
  return typeof message === "string" && message !== "" ? message : undefined;
}

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  value !== null && typeof value === "object" ? (value as Readonly<Record<string, unknown>>) : {};

const isBlob = (value: unknown): value is BlobRef => "ref" in fieldsOf(value);

function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}

/**
 * Waits for the blob: asks at once, then every two seconds, each time a call of its own.
 *
 * @throws UploadError when processing failed
 */
export async function awaitBlob(run: VideoRun, first: VideoJob): Promise<BlobRef> {
  run.sees(first);
  if (first.blob !== undefined) return first.blob;
  if (first.jobId === undefined) throw run.fails("gave neither a job nor a blob", first);
  for (;;) {
    const job = await poll(run, first.jobId);
    if (job !== undefined) {
      run.sees(job);
      const { blob, state, failureCode, error, message } = job;
      // A blob counts, whatever is said beside it.
      if (blob !== undefined) return blob;
      const why = [failureCode, error, message].filter((part) => part !== undefined).join(": ");
      if (state === "JOB_STATE_FAILED")
        throw run.fails(`could not process the video: ${why || "no reason given"}`, job);
      if (state === "JOB_STATE_COMPLETED") throw run.fails("calls the video done and gives no blob for it", job);
    }
    await sleep(run.clock, patience.pollEvery, run.signal);
  }
}

/** `undefined` for what a later answer may mend; the deadline bounds how often. */
async function poll(run: VideoRun, jobId: string): Promise<VideoJob | undefined> {
  try {
    return readVideoJob(await run.call(appBskyVideoGetJobStatus, { jobId }, run.options()));
  } catch (error) {
    if (error instanceof SkylexError && error.retryable) return undefined;
    throw error;
  }
}
