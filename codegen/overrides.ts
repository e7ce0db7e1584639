import type { JsonObject, LexiconDocument } from "./model.ts";
import { LexiconError } from "./errors.ts";

/**
 * Facts that the lexicons do not state, each with its reason. An entry whose document is gone, or states the fact by now,
 * is an error, so that this page stays as short as it can be.
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
  // https://docs.bsky.app/docs/tutorials/video uploads with ?did=&name=; the service refuses uploads without them.
  "app.bsky.video.uploadVideo": {
    type: "params",
    required: ["did", "name"],
    properties: {
      did: { type: "string", format: "did", description: "Account that the video is for." },
      name: { type: "string", description: "File name, with its extension." },
    },
  },
};

/**
 * Subscriptions whose commits the runtime delivers with their records decoded, as `RepoEvent`: the lexicon knows the blocks of
 * a commit only as bytes. https://atproto.com/specs/sync#commit-objects-and-blocks
 */
export const commitStreams: ReadonlySet<string> = new Set(["com.atproto.sync.subscribeRepos"]);

/**
 * Finds entries whose document is gone or is another kind of endpoint now.
 *
 * @throws LexiconError for the first one
 */
export function checkOverrides(documents: readonly LexiconDocument[]): void {
  const kinds = new Map(
    documents.map(({ nsid, json }) => [nsid, (json.defs as Readonly<Record<string, JsonObject>>).main?.type]),
  );
  for (const [entries, kind] of [
    [Object.keys(pageItems), "query"],
    [Object.keys(procedureParams), "procedure"],
    [commitStreams, "subscription"],
  ] as const) {
    for (const nsid of entries) {
      if (kinds.get(nsid) !== kind)
        throw new LexiconError(
          nsid,
          ["defs", "main"],
          `is no ${kind} any more: take its entry out of codegen/overrides.ts`,
        );
    }
  }
}
