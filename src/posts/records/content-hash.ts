import type { PreparedPost } from "../publish/prepare.ts";
import { cidOfBytes } from "./record-cid.ts";
import type { PostTools } from "../tools.ts";

/**
 * Tells what is to be posted from other posts: texts, links, media by their bytes, and references as they were given; not when it
 * is posted.
 */
export async function contentHash(
  posts: readonly PreparedPost[],
  { media }: Pick<PostTools, "media">,
  signal: AbortSignal | undefined,
): Promise<string> {
  const said = posts.map(async ({ draft, attachments }) => {
    const { parts, video, embed, langs, labels, tags, replyTo, quote, threadgate, postgate, gallery, external } = draft;
    const images = attachments.images.map(async ({ ready, alt }) => [await cidOfBytes(ready.bytes), alt]);
    return {
      parts: parts.map(({ text, spans }) => ({ text, spans })),
      embed,
      langs,
      labels,
      tags,
      threadgate,
      postgate,
      gallery,
      references: [replyTo, quote].map((one) => (one?.kind === "place" ? { place: one.place } : one)),
      images: await Promise.all(images),
      // What its page says may change from one run to the next.
      external: external && { ...external, uri: String(external.uri), thumb: external.thumb !== undefined },
      video: video && [
        await media.fingerprint(video.source, signal),
        video.alt,
        video.presentation,
        video.captions?.length,
      ],
    };
  });
  return cidOfBytes(Buffer.from(JSON.stringify(await Promise.all(said))));
}
