import type { MediaDetails } from "./media-error.ts";
import { MediaError } from "./media-error.ts";

/** What a service says of a job that processes an upload. */
export interface UploadJob {
  /** Absent where the upload was refused before there was a job */
  readonly jobId: string | undefined;
  /** `JOB_STATE_FAILED` …; the last one seen */
  readonly state: string | undefined;
  /** Why processing failed, for programs: `encoding_failure`, `pds_upload_failure` … */
  readonly failureCode?: string | undefined;
  /** Name of the error as the service gives it: `unconfirmed_email` …; `timeout` when time ran out here */
  readonly error?: string | undefined;
  /** The service's own words */
  readonly message?: string | undefined;
}

/** The service that processes a file refused it, failed at it, or did not come to an end in time. */
export class UploadError extends MediaError {
  override readonly name = "UploadError";
  /** What the video service says of its work */
  readonly job: UploadJob;

  constructor(message: string, details: MediaDetails & { readonly job: UploadJob }) {
    super(message, details);
    this.job = details.job;
  }
}
