import { appBskyVideoGetJobStatus } from "../../../generated/definitions/app.bsky.ts";
import { sleep } from "../../core/clock.ts";
import { SkylexError } from "../../core/errors/index.ts";
import type { BlobRef } from "../../core/lexicon/formats.ts";
import type { VideoJob } from "./video-job.ts";
import { readVideoJob } from "./video-job.ts";
import { patience } from "./video-rules.ts";
import type { VideoRun } from "./video-run.ts";

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
