import { laterTid } from "../../core/tid.ts";
import type { MediaEmbed } from "../attachments/load-attachments.ts";
import { gateWithDids } from "../references/gates.ts";
import { findQuote, findReply } from "../references/resolve-references.ts";
import { resolveMentions } from "../references/mentions.ts";
import type { PreparedPost } from "./prepare.ts";
import { type PostPart, withQuote } from "../records/post-record.ts";
import type { PostTools } from "../tools.ts";
import { threadWrites, type Writes } from "../records/thread-writes.ts";

/** Where posts go. */
export interface Destination {
  readonly repo: string;
  /** Of the first */
  readonly rkey: string;
  /** Of the first, milliseconds since 1970 */
  readonly createdAt: number;
}

export interface Composed extends Writes {
  readonly unresolvedMentions: readonly string[];
}

/**
 * Makes the records of posts: looks up what they refer to, then has their media attached, then puts them together.
 *
 * @param attach gives what a post shows; the first thing that may upload anything
 * @throws ValidationError when what they refer to is not there
 */
export async function composePosts(
  prepared: readonly PreparedPost[],
  { repo, rkey, createdAt }: Destination,
  attach: (post: PreparedPost) => Promise<MediaEmbed | undefined>,
  tools: PostTools,
  signal: AbortSignal | undefined,
): Promise<Composed> {
  const replyTo = prepared[0]?.draft.replyTo;
  const [reply, ...found] = await Promise.all([
    replyTo && findReply(replyTo, tools, signal),
    ...prepared.map((post) => lookUp(post, tools, signal)),
  ]);
  const embeds = await Promise.all(prepared.map(attach));
  const parts = found.flatMap(({ parts, quote, threadgate }, index) => {
    const { draft } = prepared[index] as PreparedPost;
    // What is not text goes with the first part of a text that was cut.
    return parts.map((marked, at): PostPart => ({
      marked,
      draft: { ...draft, threadgate },
      embed: at > 0 ? undefined : (draft.embed ?? withQuote(embeds[index], quote)),
      createdAt: draft.createdAt && draft.createdAt.getTime() + at,
    }));
  });
  const rkeys = parts.map((_, index) => (index === 0 ? rkey : laterTid(rkey, index)));
  const writes = await threadWrites({ parts, reply, repo, rkeys, createdAt });
  return { ...writes, unresolvedMentions: [...new Set(found.flatMap(({ unresolved }) => unresolved))] };
}

async function lookUp({ draft }: PreparedPost, tools: PostTools, signal: AbortSignal | undefined) {
  const [mentioning, quote, threadgate] = await Promise.all([
    resolveMentions(draft.parts, tools.didOf),
    draft.quote && findQuote(draft.quote, tools, signal),
    draft.threadgate && gateWithDids(draft.threadgate, tools),
  ]);
  return { ...mentioning, quote, threadgate };
}
