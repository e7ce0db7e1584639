import { ValidationError } from "./errors/index.ts";
import { isDid, isServiceRef, parseService } from "./identifiers.ts";

/** Serves `app.bsky.*` reads to anyone: https://docs.bsky.app/docs/advanced-guides/api-directory */
const publicAppView = "https://public.api.bsky.app";

/** Where accounts of Bluesky's own hosts log in: https://docs.bsky.app/docs/advanced-guides/entryway */
export const entryway = "https://bsky.social";

/** Passes on what all repositories of the network do: https://docs.bsky.app/docs/advanced-guides/firehose */
const publicRelay = "https://bsky.network";

/** The same as JSON, one of four: https://github.com/bluesky-social/jetstream#public-instances */
const publicJetstream = "https://jetstream2.us-east.bsky.network";

/** What a client talks to besides accounts' own servers. Every member has a public default but `ozone`. */
export interface ServiceOptions {
  /** URL of the AppView that answers reads without an account. Default `https://public.api.bsky.app` */
  readonly appview?: string | URL | undefined;
  /** URL of the server that accounts of many hosts log in at. Default `https://bsky.social` */
  readonly entryway?: string | URL | undefined;
  /** DID of the chat service, `#bsky_chat` unless it says otherwise. Default `did:web:api.bsky.chat#bsky_chat` */
  readonly chat?: string | undefined;
  /** The video service. `did` is `did:web:` and the host if left out. Default `https://video.bsky.app` */
  readonly video?: { readonly url: string | URL; readonly did?: string | undefined } | undefined;
  /** URL of the server that streams all repositories. Default `https://bsky.network` */
  readonly relay?: string | URL | undefined;
  /** URL of the Jetstream server. Default `https://jetstream2.us-east.bsky.network` */
  readonly jetstream?: string | URL | undefined;
  /** DID of the moderation service that `tools.ozone.*` and reports are for, `#atproto_labeler` unless it says otherwise. Default: none; reports go where the account's server sends them */
  readonly ozone?: string | undefined;
}

export interface Services {
  /** Origin */
  readonly appview: string;
  /** Origin */
  readonly entryway: string;
  /** `did#id` */
  readonly chat: string;
  readonly video: {
    /** Origin */
    readonly url: string;
    readonly did: string;
  };
  /** Origin */
  readonly relay: string;
  /** Origin */
  readonly jetstream: string;
  /** `did#id` */
  readonly ozone: string | undefined;
}

/** @throws ValidationError naming the member that is no URL or DID */
export function readServices(options: ServiceOptions = {}): Services {
  const video = parseService(options.video?.url ?? "https://video.bsky.app", "services.video.url");
  const videoDid = options.video?.did ?? didOfHost(video);
  if (!isDid(videoDid)) throw refusal("services.video.did", "did:web:video.bsky.app", videoDid);
  return {
    appview: parseService(options.appview ?? publicAppView, "services.appview"),
    entryway: parseService(options.entryway ?? entryway, "services.entryway"),
    chat: serviceRef(options.chat ?? "did:web:api.bsky.chat", "bsky_chat", "services.chat"),
    video: { url: video, did: videoDid },
    relay: parseService(options.relay ?? publicRelay, "services.relay"),
    jetstream: parseService(options.jetstream ?? publicJetstream, "services.jetstream"),
    ozone: options.ozone === undefined ? undefined : serviceRef(options.ozone, "atproto_labeler", "services.ozone"),
  };
}

/** The DID of a host that has no other: https://atproto.com/specs/did. The colon before a port is written `%3A`. */
export const didOfHost = (origin: string): string => `did:web:${new URL(origin).host.replace(":", "%3A")}`;

/** `did#id`, with the id that such services have by default: https://atproto.com/specs/xrpc#service-proxying */
function serviceRef(service: string, id: string, path: string): string {
  const full = service.includes("#") ? service : `${service}#${id}`;
  if (!isServiceRef(full)) throw refusal(path, `did:web:example.com#${id}`, service);
  return full;
}

const refusal = (path: string, example: string, given: string): ValidationError =>
  new ValidationError(`${path} must be a DID such as ${JSON.stringify(example)}, not ${JSON.stringify(given)}.`, {
    issues: [{ path, message: "not a DID" }],
  });
