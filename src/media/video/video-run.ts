import type { Clock } from "../../core/clock.ts";
import { sleep } from "../../core/clock.ts";
import type { UploadJob } from "../../core/errors/index.ts";
import { RateLimitError, SkylexError, UploadError, XrpcError } from "../../core/errors/index.ts";
import type { Call } from "../../core/lexicon/namespace.ts";
import type { CallOptions } from "../../core/call/options.ts";
import type { UploadStore } from "../../storage/ports/index.ts";
import type { MediaOptions } from "../options.ts";
import type { VideoJob } from "./video-job.ts";
import { messageOf } from "./video-job.ts";
import { patience } from "./video-rules.ts";

/** What uploads need of a client. */
export interface VideoClient {
  readonly call: Call;
  readonly clock: Clock;
  readonly random: () => number;
  readonly did: () => Promise<string>;
  readonly uploads: () => Promise<UploadStore>;
  /** How files are read */
  readonly media: MediaOptions;
}

/** How far a video is. */
export interface VideoProgress {
  /** `probe`: read what it is. `transcode`: convert it. `upload`: send it. `processing`: the service works on it */
  readonly phase: "probe" | "transcode" | "upload" | "processing";
  /** 0 to 100 of the phase, of the `state` when processing; absent where it is not known */
  readonly percent?: number | undefined;
  /** Bytes sent so far. A part that is sent again is counted again */
  readonly sent?: number | undefined;
  /** Bytes to send */
  readonly total?: number | undefined;
  /** Of the job: `JOB_STATE_ENCODING` … */
  readonly state?: string | undefined;
}

export interface RunOptions {
  /** Milliseconds */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: VideoProgress) => void) | undefined;
}

/** One upload on its way: its time, its signal, and what is known of its job so far. */
export class VideoRun {
  readonly call: Call;
  readonly clock: Clock;
  readonly client: VideoClient;
  /** How messages call the video */
  readonly media: string;
  readonly #ended = new AbortController();
  readonly #given: AbortSignal | undefined;
  readonly #onProgress: RunOptions["onProgress"];
  readonly #timeout: number;
  readonly #deadline: number;
  readonly #cancelTimer: () => void;
  #last = "";
  #job: VideoJob | undefined;
  /** Ends when the caller's signal or the time does. */
  readonly signal: AbortSignal;

  constructor(client: VideoClient, media: string, { timeout, signal, onProgress }: RunOptions) {
    this.media = media;
    this.client = client;
    this.call = client.call;
    this.clock = client.clock;
    this.#given = signal;
    this.#onProgress = onProgress;
    this.#timeout = timeout;
    this.#deadline = client.clock.now() + timeout;
    this.#cancelTimer = client.clock.after(timeout, () => this.#ended.abort(timeIsUp));
    this.signal = signal === undefined ? this.#ended.signal : AbortSignal.any([signal, this.#ended.signal]);
  }

  /** Options of a call within the time that is left. */
  options(more: CallOptions = {}): CallOptions {
    return { signal: this.signal, timeout: Math.max(1, this.#deadline - this.clock.now()), ...more };
  }

  /** Whether the caller gave up, rather than the time. */
  get givenUp(): boolean {
    return this.#given?.aborted === true || (this.#ended.signal.aborted && this.#ended.signal.reason !== timeIsUp);
  }

  sees(job: VideoJob): void {
    this.#job = job;
    const { state, progress } = job;
    this.tells({ phase: "processing", state, percent: job.blob === undefined ? progress : 100 });
  }

  /** Tells the listener what is new. One that throws ends the upload with what it threw. */
  tells(progress: VideoProgress): void {
    const key = `${progress.phase} ${progress.percent} ${progress.state}`;
    if (key === this.#last) return;
    this.#last = key;
    try {
      this.#onProgress?.(progress);
    } catch (error) {
      this.#ended.abort(error);
    }
  }

  /**
   * Repeats what the service may safely be asked again, when it is not known whether it acted: parts, and files it knows by their
   * content. What surely did nothing the call has repeated itself.
   */
  async persistently<Value>(action: () => PromiseLike<Value>, signal: AbortSignal = this.signal): Promise<Value> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await action();
      } catch (error) {
        if (attempt >= patience.partAttempts || !mayPass(error)) throw error;
        await sleep(this.clock, this.client.random() * patience.partDelay * 2 ** (attempt - 1), signal);
      }
    }
  }

  /** Runs to the end of the upload, and names what ended it. */
  async through<Value>(work: () => Promise<Value>): Promise<Value> {
    try {
      this.signal.throwIfAborted();
      return await work();
    } catch (error) {
      if (this.#given?.aborted === true || !this.#ended.signal.aborted) throw this.#refusal(error);
      throw this.#ended.signal.reason === timeIsUp ? this.#late(error) : this.#ended.signal.reason;
    } finally {
      this.#cancelTimer();
    }
  }

  #late(cause: unknown): UploadError {
    const { jobId, state } = this.#job ?? {};
    const where = jobId === undefined ? "before it was uploaded" : `in state ${state}, job ${jobId}`;
    return new UploadError(
      `${this.media} was not ready after ${this.#timeout} ms, ${where}. Nothing was posted. The same call again goes on where it stood; { timeout } gives it longer.`,
      { media: this.media, job: { jobId, state, error: "timeout" }, cause },
    );
  }

  /** What the service did to end the upload. */
  fails(what: string, job: UploadJob, cause?: unknown): UploadError {
    const { jobId, state, failureCode, error, message } = job;
    const hint = hints[error ?? ""] ?? "";
    return new UploadError(`${this.media}: the video service ${what}.${hint} Nothing was posted.`, {
      media: this.media,
      job: { jobId, state, failureCode, error, message },
      cause,
    });
  }

  /** A refusal by name becomes one of its own kind; everything else stays what it is. */
  #refusal(error: unknown): unknown {
    if (!(error instanceof XrpcError) || error.error === undefined || error instanceof RateLimitError) return error;
    const { error: name, status, nsid } = error;
    if (!nsid?.startsWith("app.bsky.video.") || status >= 500 || /Token|Jwt|^Auth/.test(name)) return error;
    const message = messageOf(error);
    const { jobId, state } = this.#job ?? {};
    const said = message === undefined ? name : `${name}, ${message}`;
    return this.fails(`refused it: ${said}`, { jobId, state, error: name, message }, error);
  }
}

const timeIsUp = Symbol("time is up");

const mayPass = (error: unknown): boolean =>
  error instanceof SkylexError &&
  !(error instanceof RateLimitError) &&
  (error.ambiguous || (error instanceof XrpcError && error.error === "ServiceOverloaded"));

/** What to do about refusals that have nothing to do with this one video. */
const hints: Readonly<Record<string, string>> = {
  unconfirmed_email: " Confirm the account's e-mail address first, in the app under Settings, Account.",
  TooManyOpenUploads: " Let the uploads that are under way come to their end, or wait until they expire.",
  BadAspectRatio: " Crop it to a less extreme shape.",
  VideoTooLong: " Cut it shorter.",
};
