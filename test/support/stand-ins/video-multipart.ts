import { Refusal, type Handler, type ServiceRequest } from "./service.ts";
import type { ServiceToken } from "./service-jwt.ts";
import type { JobStatus } from "./video-jobs.ts";
import type { VideoParts } from "./video-service.ts";

interface Upload {
  readonly jobId: string;
  readonly did: string;
  readonly size: number;
  readonly partSize: number;
  readonly parts: Map<number, Buffer>;
  state: "created" | "completed" | "failed" | "aborted" | "expired";
  completed?: JobStatus;
  failureReason?: string;
}

/** Uploads in parts, and what tests may do to them. */
export interface MultipartUploads {
  /** False: the service knows nothing of parts */
  available: boolean;
  /** Bytes of a part. Small, so that small files have several */
  partSize: number;
  /** Called with every part that arrived, before it is kept: what it throws is the answer */
  onPart: (part: number) => unknown;
  /** Called with every finish, before it is done */
  onFinish: () => unknown;
  /** Parts kept so far of the newest upload */
  readonly received: () => readonly number[];
  readonly state: () => string | undefined;
  /** Loses parts that were kept, or ends the session, as a service that was restarted does */
  readonly lose: (...parts: readonly number[]) => void;
  readonly end: (state: "aborted" | "expired" | "failed", failureReason?: string) => void;
}

/** Upload in parts, by the descriptions in the lexicons `app.bsky.video.*`; all of it with the token of a single upload. */
export function multipartUpload(parts: VideoParts): {
  readonly uploads: MultipartUploads;
  readonly routes: Readonly<Record<string, Handler>>;
} {
  const sessions = new Map<string, Upload>();
  const newest = (): Upload | undefined => [...sessions.values()].at(-1);
  const uploads: MultipartUploads = {
    available: true,
    partSize: 2_000,
    onPart: () => undefined,
    onFinish: () => undefined,
    received: () => [...(newest()?.parts.keys() ?? [])].toSorted((a, b) => a - b),
    state: () => newest()?.state,
    lose: (...lost) => lost.forEach((part) => newest()?.parts.delete(part)),
    end(state, failureReason) {
      Object.assign(newest() ?? {}, { state, failureReason });
    },
  };
  const authorized = async (request: ServiceRequest): Promise<ServiceToken> => {
    if (!uploads.available) throw new Refusal(501, "MethodNotImplemented", "Method Not Implemented");
    return parts.uploadToken(request);
  };
  const find = (jobId: unknown, { iss }: ServiceToken): Upload => {
    const upload = sessions.get(String(jobId));
    if (upload?.did !== iss) throw new Refusal(404, "UploadNotFound", "there is no such upload");
    return upload;
  };
  const open = (upload: Upload): Upload => {
    if (upload.state === "created") return upload;
    const names = { completed: "UploadAlreadyCompleted", failed: "UploadFailed", aborted: "UploadAborted" } as const;
    const name = upload.state === "expired" ? "UploadExpired" : names[upload.state];
    throw new Refusal(409, name, upload.failureReason ?? `the upload is ${upload.state}`);
  };
  const partCountOf = ({ size, partSize }: Upload): number => Math.ceil(size / partSize);
  const routes: Readonly<Record<string, Handler>> = {
    "POST app.bsky.video.startUpload": async (request) => {
      const { iss: did } = await authorized(request);
      const { sizeBytes, mimeType } = await request.json();
      const size = Number(sizeBytes);
      if (mimeType !== "video/mp4" && mimeType !== "video/quicktime") {
        throw new Refusal(400, "UnsupportedContentType", `not supported: ${String(mimeType)}`);
      }
      if (size > parts.options.maxBytes) throw new Refusal(400, "VideoTooLarge", "the video is too large");
      const jobId = `upload${sessions.size + 1}`;
      const upload: Upload = { jobId, did, size, partSize: uploads.partSize, parts: new Map(), state: "created" };
      sessions.set(jobId, upload);
      const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
      return { jobId, partSizeBytes: upload.partSize, partCount: partCountOf(upload), expiresAt };
    },
    "POST app.bsky.video.uploadPart": async (request) => {
      const upload = open(find(request.params.get("jobId"), await authorized(request)));
      const part = Number(request.params.get("partNumber"));
      const count = partCountOf(upload);
      if (!(part >= 1 && part <= count)) throw new Refusal(400, "InvalidPartNumber", `1 to ${count}`);
      const expected = part < count ? upload.partSize : upload.size - (count - 1) * upload.partSize;
      if (Number(request.headers["content-length"]) !== expected) {
        throw new Refusal(400, "PartSizeMismatch", `part ${part} has ${expected} bytes`);
      }
      const bytes = await request.bytes(expected);
      await uploads.onPart(part);
      upload.parts.set(part, bytes);
      return { partNumber: part, sizeBytes: bytes.length };
    },
    "POST app.bsky.video.finishUpload": async (request) => {
      const token = await authorized(request);
      const upload = find((await request.json())["jobId"], token);
      if (upload.completed === undefined) {
        open(upload);
        await uploads.onFinish();
        const count = partCountOf(upload);
        const missing = Array.from({ length: count }, (_, index) => index + 1).filter(
          (part) => !upload.parts.has(part),
        );
        if (missing.length > 0) throw new Refusal(400, "MissingParts", `missing parts: ${missing.join(", ")}`);
        const bytes = Buffer.concat(partsInOrder(upload));
        upload.completed = parts.jobs.duplicate(token.iss, bytes) ?? parts.jobs.start(token, bytes);
        upload.state = "completed";
      }
      return { completedJobId: upload.completed.jobId, jobStatus: upload.completed };
    },
    "GET app.bsky.video.getUploadStatus": async (request) => {
      const upload = find(request.params.get("jobId"), await authorized(request));
      const { jobId, partSize, state, completed, failureReason } = upload;
      return {
        jobId,
        partSizeBytes: partSize,
        partCount: partCountOf(upload),
        state,
        receivedParts: [...upload.parts.keys()].toSorted((a, b) => a - b),
        expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
        ...(completed && { completedJobId: completed.jobId, jobStatus: completed }),
        ...(failureReason !== undefined && { failureReason }),
      };
    },
    "POST app.bsky.video.abortUpload": async (request) => {
      const token = await authorized(request);
      const upload = find((await request.json())["jobId"], token);
      if (upload.state === "created") upload.state = "aborted";
      return { state: upload.state };
    },
  };
  return { uploads, routes };
}

const partsInOrder = ({ parts }: Upload): readonly Buffer[] =>
  [...parts].toSorted(([a], [b]) => a - b).map(([, bytes]) => bytes);
