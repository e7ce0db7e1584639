import type { JsonObject } from "./model.ts";

/**
 * Facts that the lexicons do not state, each with its reason. They apply where they fit: other editions of a document, in folders of
 * users, may state the fact or have no use for it. A test holds every entry against the official documents, so that this page
 * stays as short as it can be.
 */

/** The items of pagers whose output has more than one array. */
export const pageItems: Readonly<Record<string, string>> = {
  // `detectedQueryLanguages` describes the query as a whole.
  "app.bsky.feed.searchPostsV2": "posts",
  // `relatedProfiles` are the senders of the messages on the page.
  "chat.bsky.convo.getMessages": "messages",
};

/** URL parameters that a procedure takes but its lexicon does not list, as the lexicon would state them. */
export const procedureParams: Readonly<Record<string, JsonObject>> = {
  // https://docs.bsky.app/docs/tutorials/video uploads with ?did=&name=; the service refuses uploads without them, so the runtime
  // fills in what is left out.
  "app.bsky.video.uploadVideo": {
    type: "params",
    properties: {
      did: { type: "string", format: "did", description: "Account that the video is for. Default: the client's own." },
      name: { type: "string", description: "File name, with its extension. Default: a random one." },
    },
  },
};

const jobStatus: JsonObject = { type: "ref", ref: "app.bsky.video.defs#jobStatus" };
const json = (schema: JsonObject): JsonObject => ({ encoding: "application/json", schema });

/** Outputs of procedures as their lexicons state them, and as servers give them. */
export const procedureOutputs: Readonly<Record<string, { readonly stated: JsonObject; readonly given: JsonObject }>> = {
  // https://docs.bsky.app/docs/tutorials/video reads the response as the status of the job itself, which it is.
  "app.bsky.video.uploadVideo": {
    stated: json({ type: "object", required: ["jobStatus"], properties: { jobStatus } }),
    given: json(jobStatus),
  },
};

/**
 * Subscriptions whose commits the runtime delivers with their records decoded, as `RepoEvent`: the lexicon knows the blocks of
 * a commit only as bytes. https://atproto.com/specs/sync#commit-objects-and-blocks
 */
export const commitStreams: ReadonlySet<string> = new Set(["com.atproto.sync.subscribeRepos"]);
