import { type Attachments, loadAttachments } from "../attachments/load-attachments.ts";
import type { PostContent, PostOptions } from "../content.ts";
import { type ParsedPost, parseContent } from "../parse/parse-content.ts";
import { limits } from "../limits.ts";
import { refuse } from "../parse/issues.ts";
import type { PostTools } from "../tools.ts";

/** One of the posts that are written together. */
export interface PreparedPost {
  readonly draft: ParsedPost;
  readonly attachments: Attachments;
}

/**
 * Checks posts and reads their files. Nothing is sent.
 *
 * @throws ValidationError, MediaError, NotAuthenticatedError
 */
export async function preparePosts(
  contents: readonly PostContent[],
  options: PostOptions,
  tools: PostTools,
): Promise<readonly PreparedPost[]> {
  const { signal, skipUploads = false } = options;
  signal?.throwIfAborted();
  const drafts = await Promise.all(
    contents.map((content, index) => parseContent(content, options, contents.length > 1 ? `posts[${index}].` : "")),
  );
  checkThread(drafts);
  // Who has no account is told so before anything is read.
  if (!(await tools.hasAccount())) await tools.did();
  // A video alone is looked at before it is sent; beside others, they would be sent before.
  const looksFirst = options.dryRun === true || drafts.length > 1;
  if (looksFirst) {
    await Promise.all(drafts.map(async ({ video }) => video && tools.media.checkVideo(video, signal)));
  }
  return Promise.all(
    drafts.map(async (draft) => ({
      draft,
      attachments: await loadAttachments(draft, tools, { skipUploads, signal }),
    })),
  );
}

function checkThread(drafts: readonly ParsedPost[]): void {
  if (drafts.length === 0) refuse("posts", "are none: a thread has one at least");
  for (const [index, { replyTo, key, threadgate }] of drafts.entries()) {
    if (index === 0) continue;
    if (replyTo !== undefined) {
      refuse(`posts[${index}].replyTo`, "does not go with a thread: each post answers the one before it");
    }
    if (key !== undefined) refuse(`posts[${index}].key`, "belongs to the first post, where it stands for the thread");
    if (threadgate !== undefined) refuse(`posts[${index}].threadgate`, "belongs to the first post of a thread");
  }
  const gates = drafts.filter(({ threadgate }) => threadgate !== undefined).length;
  const writes = drafts.reduce(
    (sum, { parts, postgate }) => sum + parts.length * (postgate === undefined ? 1 : 2),
    gates,
  );
  if (writes > limits.writes) refuse("posts", `make ${writes} records, and ${limits.writes} can be written at once`);
}
