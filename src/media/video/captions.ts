import { blobSlots } from "../../../generated/blob-slots.ts";
import { comAtprotoRepoUploadBlob } from "../../../generated/definitions/com.atproto.ts";
import type { AppBskyEmbedVideo } from "../../../generated/types.ts";
import { MediaError, MediaTooLargeError } from "../../core/errors/index.ts";
import { sniffMediaType } from "../../core/http/media-type.ts";
import type { MediaSource } from "../source/source.ts";
import { openMedia, readAll } from "../source/source.ts";
import { captionLimit } from "./video-rules.ts";
import type { VideoClient, VideoRun } from "./video-run.ts";

/** Text to be shown with a video. */
export interface VideoCaption {
  /** Of the text, as BCP 47 has it: `en`, `pt-BR` … */
  readonly lang: string;
  /** WebVTT, at most 20,000 bytes */
  readonly file: MediaSource;
}

interface CaptionText {
  readonly lang: string;
  readonly text: Uint8Array;
}

const slot = { maxSize: blobSlots["app.bsky.embed.video#caption.file"].maxSize ?? 0, type: "text/vtt" } as const;

/** Stores captions at the account's server, in order. */
export function uploadCaptions(run: VideoRun, texts: readonly CaptionText[]): Promise<AppBskyEmbedVideo.Caption[]> {
  const encoding = slot.type;
  return Promise.all(
    texts.map(async ({ lang, text }) => {
      const { blob } = await run.call(comAtprotoRepoUploadBlob, text, run.options({ encoding }));
      return { lang, file: blob };
    }),
  );
}

/**
 * Reads captions and checks them.
 *
 * @throws MediaError for too many of them, for one that is none, and for a language that is none or comes twice
 */
export async function readCaptions(
  client: VideoClient,
  captions: readonly VideoCaption[],
  signal: AbortSignal | undefined,
): Promise<readonly CaptionText[]> {
  if (captions.length > captionLimit) {
    const media = `captions[${captionLimit}]`;
    throw new MediaError(`A video has at most ${captionLimit} captions, not ${captions.length}. Nothing was sent.`, {
      media,
    });
  }
  return Promise.all(
    captions.map(async ({ lang, file }, index) => ({
      lang: checkedLanguage(lang, captions, index),
      text: await readCaption(client, file, signal),
    })),
  );
}

function checkedLanguage(lang: string, captions: readonly VideoCaption[], index: number): string {
  const media = `captions[${index}]`;
  let tag: string | undefined;
  try {
    [tag] = Intl.getCanonicalLocales(lang);
  } catch {
    // Not well-formed.
  }
  if (tag === undefined) {
    const message = `${media}: lang must be a language tag such as "en" or "pt-BR", not ${JSON.stringify(lang)}. Nothing was sent.`;
    throw new MediaError(message, { media });
  }
  if (captions.findIndex((caption) => caption.lang === lang) < index) {
    throw new MediaError(`${media}: there are captions in ${lang} already. Nothing was sent.`, { media });
  }
  return lang;
}

async function readCaption(
  { media: options }: VideoClient,
  file: MediaSource,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const media = await openMedia(file, { ...options, signal });
  try {
    const { name, size } = media;
    if (size !== undefined && size > slot.maxSize) throw tooLong(name, size);
    const text = await readAll(media, slot.maxSize, signal);
    if (sniffMediaType(text) === slot.type) return text;
    const message = `${name} is no WebVTT, which begins with the line WEBVTT. Nothing was sent.`;
    throw new MediaError(message, { media: name });
  } finally {
    await media.close();
  }
}

const tooLong = (media: string, size: number): MediaTooLargeError =>
  new MediaTooLargeError(
    `${media} has ${size} bytes, and captions may have ${slot.maxSize}. Shorten them. Nothing was sent.`,
    { media, size, maxSize: slot.maxSize },
  );
