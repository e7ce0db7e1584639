/**
 * Where calls go when nobody says otherwise. Data with its public sources; the layer beside it holds the logic.
 */

/**
 * Procedures that make or mend an account and therefore work without one: the descriptions in the com.atproto.server
 * lexicons, and packages/pds/src/api/com/atproto/server in https://github.com/bluesky-social/atproto
 */
export const accountless: ReadonlySet<string> = new Set([
  "com.atproto.server.createAccount",
  "com.atproto.server.createSession",
  "com.atproto.server.requestPasswordReset",
  "com.atproto.server.reserveSigningKey",
  "com.atproto.server.resetPassword",
]);

/** Namespaces whose reads need an account too: nobody else's messages, moderation queue or upload quota is public. */
export const privateReads: readonly string[] = ["chat.bsky.", "tools.ozone.", "app.bsky.video."];

/** Reads inside {@link privateReads} that need no account: https://docs.bsky.app/docs/tutorials/video asks for jobs without a token. */
export const publicReads: ReadonlySet<string> = new Set(["app.bsky.video.getJobStatus"]);
