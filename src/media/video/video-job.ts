import type { UploadJob } from "../../core/errors/index.ts";
import { XrpcError } from "../../core/errors/index.ts";
import type { BlobRef } from "../../core/lexicon/formats.ts";

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

/** What the service says of a refusal, for people. */
export function messageOf(error: XrpcError): string | undefined {
  const { message } = fieldsOf(parse(error.body));
  return typeof message === "string" && message !== "" ? message : undefined;
}
