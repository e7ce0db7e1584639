import { encode } from "@atcute/cbor";
import { toJson } from "../../core/lexicon/data-model.ts";
import type { PreparedPost } from "../publish/prepare.ts";
import type { VideoContent } from "../content.ts";
import type { PostTools } from "../tools.ts";
import { cidOfBytes } from "./record-cid.ts";

/** What stands before a hash tells how it was made: one of another make says nothing of the content. */
const MAKE = "2:";

/**
 * Tells what is to be posted from other posts: texts, links, media by their bytes, and references as they were given; not when it
 * is posted. The order of fields does not matter.
 *
 * @throws ValidationError for an embed that JSON cannot hold
 */
export async function contentHash(
  posts: readonly PreparedPost[],
  { media }: Pick<PostTools, "media">,
  signal: AbortSignal | undefined,
): Promise<string> {
  const said = posts.map(async ({ draft, attachments }) => {
    const { parts, video, embed, langs, labels, tags, replyTo, quote, threadgate, postgate, gallery, external } = draft;
    const images = attachments.images.map(async ({ ready, alt, aspectRatio }) => ({
      bytes: await cidOfBytes(ready.bytes),
      alt,
      aspectRatio,
    }));
    // What its page says may change from one run to the next, and its picture with it.
    const thumb = external?.thumb === undefined ? undefined : attachments.card?.thumb;
    return {
      parts: parts.map(({ text, spans }) => ({ text, spans })),
      embed,
      langs,
      labels,
      tags,
      threadgate,
      postgate,
      gallery,
      references: [replyTo, quote].map((one) => (one?.kind === "place" ? { place: one.place } : (one ?? null))),
      images: await Promise.all(images),
      external: external && {
        uri: String(external.uri),
        title: external.title,
        description: external.description,
        thumb: thumb && (await cidOfBytes(thumb.bytes)),
      },
      video: video && (await videoHash(video, media, signal)),
    };
  });
  const written = toJson(await Promise.all(said), "post");
  // CBOR as records have it knows one order of fields.
  return MAKE + (await cidOfBytes(encode(written)));
}

async function videoHash(
  { source, alt, presentation, captions = [] }: VideoContent,
  media: PostTools["media"],
  signal: AbortSignal | undefined,
): Promise<object> {
  const texts = captions.map(async ({ lang, file }) => [lang, await media.fingerprint(file, signal)]);
  return { bytes: await media.fingerprint(source, signal), alt, presentation, captions: await Promise.all(texts) };
}

/**
 * Whether a hash that is stored allows for this content. One that is missing, or was made by an earlier version, does: what it stands
 * for is not known.
 */
export const allows = (stored: string | null, hash: string): boolean =>
  stored === null || !stored.startsWith(MAKE) || stored === hash;
