import { createHash } from "node:crypto";
import { xrpc } from "../servers/xrpc.ts";
import type { ServiceToken } from "./service-jwt.ts";

/** `app.bsky.video.defs#jobStatus` */
export interface JobStatus {
  readonly jobId: string;
  readonly did: string;
  readonly state: string;
  readonly progress?: number;
  readonly blob?: unknown;
  readonly error?: string;
  readonly failureCode?: string;
  readonly message?: string;
}

/** What comes out of a video instead of a blob. */
export interface JobFailure {
  readonly failureCode: string;
  readonly error?: string;
  readonly message?: string;
}

interface Job {
  status: JobStatus;
  readonly bytes: Buffer;
  readonly token: ServiceToken;
}

const steps = ["CREATED", "ENCODING", "ENCODED", "SCANNING", "SCANNED", "UPLOADING", "UPLOADED", "COMPLETED"].map(
  (name) => `JOB_STATE_${name}`,
);
const ended = new Set(["JOB_STATE_COMPLETED", "JOB_STATE_FAILED"]);

/**
 * Videos on their way to a blob. A job takes one step each time somebody asks for it, so that tests wait for nothing; in
 * `UPLOADED` it has stored the video at the account's server, with the token the video came with.
 */
export class VideoJobs {
  readonly #jobs = new Map<string, Job>();
  readonly #byContent = new Map<string, string>();
  readonly #pdsOf: (did: string) => Promise<string>;
  /** The next video fails so, at the first step */
  failNext: JobFailure | undefined;
  /** The first poll takes a job all the way */
  atOnce = false;
  /** A state that lexicons do not know is answered once between the first steps */
  unknownState: string | undefined;

  constructor(pdsOf: (did: string) => Promise<string>) {
    this.#pdsOf = pdsOf;
  }

  /** The job of the same bytes by the same account that is under way or done. */
  duplicate(did: string, bytes: Buffer): JobStatus | undefined {
    const known = this.#jobs.get(this.#byContent.get(contentKey(did, bytes)) ?? "");
    return known?.status.state === "JOB_STATE_FAILED" ? undefined : known?.status;
  }

  start(token: ServiceToken, bytes: Buffer): JobStatus {
    const jobId = `job${this.#jobs.size + 1}`;
    const status = { jobId, did: token.iss, state: steps[0] as string, progress: 0 };
    this.#jobs.set(jobId, { status, bytes, token });
    this.#byContent.set(contentKey(token.iss, bytes), jobId);
    return status;
  }

  /** Where a job stands; it goes on by a step. `undefined` if there is none. */
  async poll(jobId: string): Promise<JobStatus | undefined> {
    const job = this.#jobs.get(jobId);
    if (job === undefined) return undefined;
    do {
      if (!ended.has(job.status.state)) job.status = await this.#next(job);
    } while (this.atOnce && !ended.has(job.status.state));
    return job.status;
  }

  async #next({ status, bytes, token }: Job): Promise<JobStatus> {
    const { jobId, did } = status;
    const failure = this.failNext;
    if (failure !== undefined) {
      this.failNext = undefined;
      return { jobId, did, state: "JOB_STATE_FAILED", ...failure };
    }
    const odd = this.unknownState;
    if (odd !== undefined) {
      this.unknownState = undefined;
      return { jobId, did, state: odd };
    }
    // After a state that is not in the list it goes on with the first that is.
    const state = steps[steps.indexOf(status.state) + 1] as string;
    if (state !== "JOB_STATE_UPLOADED") return { ...status, state, progress: state.endsWith("ED") ? 100 : 50 };
    const { status: code, json } = await xrpc<{ blob?: unknown; error?: string; message?: string }>(
      await this.#pdsOf(did),
      "com.atproto.repo.uploadBlob",
      { token: token.raw, body: encoded(bytes), headers: { "content-type": "video/mp4" } },
    );
    if (code === 200) return { ...status, state, blob: json?.blob };
    const failureCode = code === 413 ? "pds_upload_unsupported_blob_size" : "pds_upload_failure";
    return {
      jobId,
      did,
      state: "JOB_STATE_FAILED",
      failureCode,
      error: json?.error ?? String(code),
      message: json?.message ?? "",
    };
  }
}

/** The real service stores MP4 whatever it was given; here QuickTime is renamed, which for the same codecs is all there is to it. */
function encoded(bytes: Buffer): Buffer {
  const isQuickTime = bytes.subarray(4, 12).toString("latin1") === "ftypqt  ";
  return isQuickTime ? Buffer.concat([bytes.subarray(0, 8), Buffer.from("isom"), bytes.subarray(12)]) : bytes;
}

const contentKey = (did: string, bytes: Buffer): string => `${did} ${createHash("sha256").update(bytes).digest("hex")}`;
