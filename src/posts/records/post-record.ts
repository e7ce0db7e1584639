import type { AppBskyFeedPost, ComAtprotoRepoStrongRef } from "../../../generated/types.ts";
import type { MarkedText } from "../../richtext/spans.ts";
import { spansToFacets } from "../../richtext/spans.ts";
import type { MediaEmbed } from "../attachments/load-attachments.ts";
import type { ParsedPost } from "../parse/parse-content.ts";
import { POST } from "../references/reference.ts";

type StrongRef = ComAtprotoRepoStrongRef.Main;

/** One post, with everything it needs looked up. */
export interface PostPart {
  readonly marked: MarkedText;
  readonly draft: ParsedPost;
  readonly embed: AppBskyFeedPost.Main["embed"];
  /** Milliseconds since 1970; where the user says so */
  readonly createdAt: number | undefined;
}

/** What a post shows: media, a quote, or both. */
export function withQuote(media: MediaEmbed | undefined, quote: StrongRef | undefined): AppBskyFeedPost.Main["embed"] {
  if (quote === undefined) return media;
  const record = { $type: "app.bsky.embed.record" as const, record: { uri: quote.uri, cid: quote.cid } };
  return media === undefined ? record : { $type: "app.bsky.embed.recordWithMedia", record, media };
}

/** A record with what applies and nothing else. */
export function postRecord(
  { marked: { text, spans }, draft: { langs, labels, tags }, embed }: PostPart,
  createdAt: string,
  reply: AppBskyFeedPost.ReplyRef | undefined,
): AppBskyFeedPost.Main {
  return {
    $type: POST,
    text,
    createdAt,
    ...(langs.length > 0 && { langs: [...langs] }),
    ...(reply && { reply }),
    ...(spans.length > 0 && { facets: spansToFacets(text, spans) }),
    ...(embed && { embed }),
    ...(labels.length > 0 && {
      labels: { $type: "com.atproto.label.defs#selfLabels" as const, values: labels.map((val) => ({ val })) },
    }),
    ...(tags.length > 0 && { tags: [...tags] }),
  };
}
