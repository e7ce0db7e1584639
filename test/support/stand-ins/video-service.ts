import { pdsDidOf, pdsOf } from "./directory.ts";
import { Refusal, startService, type Handler, type Service, type ServiceRequest } from "./service.ts";
import { VideoJobs } from "./video-jobs.ts";
import { multipartUpload, type MultipartUploads } from "./video-multipart.ts";

export interface VideoOptions {
  readonly plc: string;
  /** Default: that of its address */
  readonly did?: string | undefined;
  /** Videos of an account a day. Default 25 */
  readonly dailyVideos?: number;
  /** Bytes of an account a day. Default 10,000,000,000 */
  readonly dailyBytes?: number;
  /** Default 300,000,000 */
  readonly maxBytes?: number;
}

/** What tests may change while it runs. */
export interface VideoBehaviour {
  /** How uploads are answered: `flat` is what the real service does, `wrapped` what the lexicon says */
  answers: "flat" | "wrapped";
  /** Accounts whose e-mail address is not verified are refused */
  emailConfirmed: boolean;
}

export interface VideoService extends Service {
  readonly jobs: VideoJobs;
  readonly uploads: MultipartUploads;
  readonly behaviour: VideoBehaviour;
}

/** What parts of the service share. */
export interface VideoParts {
  readonly options: Required<Omit<VideoOptions, "did">>;
  readonly behaviour: VideoBehaviour;
  readonly jobs: VideoJobs;
  /** Videos and bytes of today, by account */
  readonly usage: Map<string, { readonly videos: number; readonly bytes: number }>;
  /** The token a video is stored with: for `uploadBlob` at the account's own server. `did` must be its account, if given */
  readonly uploadToken: (request: ServiceRequest, did?: string | null) => ReturnType<ServiceRequest["token"]>;
}

const accepted = /^video\/(?:mp4|webm|quicktime|mpeg)$|^image\/gif$/;

/**
 * The video service as its documentation and public clients show it: nothing of it is open. It has no secret of its own
 * and acts with the tokens it is given, which it verifies. Errors' names and the order of states are assumptions where the
 * documentation is silent; see README.md here.
 */
export async function startVideoService(given: VideoOptions): Promise<VideoService> {
  const options = { dailyVideos: 25, dailyBytes: 10e9, maxBytes: 300e6, ...given };
  const behaviour: VideoBehaviour = { answers: "flat", emailConfirmed: true };
  const { plc } = options;
  const jobs = new VideoJobs((did) => pdsOf(did, plc));
  const parts: VideoParts = {
    options,
    behaviour,
    jobs,
    usage: new Map(),
    async uploadToken(request, did) {
      const token = await request.token({ aud: undefined, lxm: "com.atproto.repo.uploadBlob" });
      if (did !== undefined && did !== token.iss) {
        throw new Refusal(401, "BadJwtIss", "did parameter does not match the issuer of the token");
      }
      const aud = await pdsDidOf(token.iss, plc);
      if (token.aud.split("#")[0] !== aud) {
        throw new Refusal(401, "BadJwtAudience", `jwt audience is not the account's server, ${aud}`);
      }
      return token;
    },
  };
  const { uploads, routes } = multipartUpload(parts);
  const service = await startService({
    plc,
    id: "bsky_video",
    did: given.did,
    routes: { ...singleUpload(parts), ...routes },
  });
  return Object.assign(service, { jobs, uploads, behaviour });
}

/** Upload of a whole video in one request: https://docs.bsky.app/docs/tutorials/video */
function singleUpload({ options, behaviour, jobs, usage, uploadToken }: VideoParts): Readonly<Record<string, Handler>> {
  const used = (did: string) => usage.get(did) ?? { videos: 0, bytes: 0 };
  return {
    "GET app.bsky.video.getUploadLimits": async (request) => {
      const { videos, bytes } = used((await request.token()).iss);
      const canUpload = videos < options.dailyVideos && bytes < options.dailyBytes;
      return {
        canUpload,
        remainingDailyVideos: options.dailyVideos - videos,
        remainingDailyBytes: options.dailyBytes - bytes,
        ...(!canUpload && { error: "daily_limit", message: "The daily limit of uploads is reached" }),
      };
    },
    "POST app.bsky.video.uploadVideo": async (request) => {
      const token = await uploadToken(request, request.params.get("did"));
      if (request.params.get("name") === null) throw new Refusal(400, "InvalidRequest", "name is missing");
      if (!accepted.test(request.headers["content-type"] ?? "")) {
        throw new Refusal(400, "UnsupportedContentType", "unsupported content-type");
      }
      if (!behaviour.emailConfirmed) {
        throw new Refusal(401, "unconfirmed_email", "Confirm your email address to upload videos");
      }
      const { videos, bytes } = used(token.iss);
      if (videos >= options.dailyVideos) throw new Refusal(429, "daily_limit", "The daily limit of uploads is reached");
      const video = await request.bytes(options.maxBytes);
      if (video.length === 0) throw new Refusal(400, "InvalidRequest", "the body is empty");
      const known = jobs.duplicate(token.iss, video);
      if (known !== undefined) throw new Refusal(409, "already_exists", "Video already processed", known);
      usage.set(token.iss, { videos: videos + 1, bytes: bytes + video.length });
      const jobStatus = jobs.start(token, video);
      return behaviour.answers === "flat" ? jobStatus : { jobStatus };
    },
    "GET app.bsky.video.getJobStatus": async ({ params }) => {
      const jobStatus = await jobs.poll(params.get("jobId") ?? "");
      if (jobStatus === undefined) throw new Refusal(400, "JobNotFound", "job not found");
      return { jobStatus };
    },
  };
}
