import { realpath } from "node:fs/promises";
import { isAbsolute, relative, resolve } from "node:path";
import type {
  AppBskyEmbedExternal,
  AppBskyEmbedGallery,
  AppBskyEmbedImages,
  AppBskyFeedPost,
} from "../../../generated/types.ts";
import type { BlobRef } from "../../core/lexicon/formats.ts";
import { MediaError } from "../../core/errors/index.ts";
import type { Card } from "./card.ts";
import { readCard } from "./card.ts";
import type { AspectRatio, ExternalContent, MarkdownOptions } from "../content.ts";
import type { ParsedPost, ParsedImage } from "../parse/parse-content.ts";
import type { ImageSlot, ReadyImage } from "./media-port.ts";
import type { PostTools } from "../tools.ts";

/** What a post shows in one piece; a quote may come on top. */
export type MediaEmbed =
  | AppBskyEmbedImages.$Main
  | AppBskyEmbedGallery.$Main
  | AppBskyEmbedExternal.$Main
  | Extract<AppBskyFeedPost.Main["embed"], { $type: "app.bsky.embed.video" }>;

/** What a post shows, read and made to fit. */
export interface Attachments {
  readonly images: readonly {
    readonly ready: ReadyImage;
    readonly alt: string;
    readonly aspectRatio: AspectRatio | undefined;
  }[];
  readonly card:
    | {
        readonly uri: string;
        readonly title: string;
        readonly description: string;
        readonly thumb: ReadyImage | undefined;
      }
    | undefined;
}

/**
 * Reads the pictures of a post, and the page of its card. Nothing is uploaded.
 *
 * @throws MediaError naming what cannot be read, or must not be
 */
export async function loadAttachments(
  draft: ParsedPost,
  { media }: PostTools,
  { skipUploads, signal }: { readonly skipUploads: boolean; readonly signal: AbortSignal | undefined },
): Promise<Attachments> {
  const slot: ImageSlot = draft.gallery ? "app.bsky.embed.gallery#image.image" : "app.bsky.embed.images#image.image";
  const card = await readExternal(draft, media, skipUploads, signal);
  const images: Attachments["images"][number][] = [];
  // One after another: a decoded picture takes a lot of memory.
  for (const image of draft.images) {
    const source = image.byText === undefined ? image.source : await sourceInText(image, image.byText);
    const ready = await media.image(source, slot, signal);
    images.push({ ready, alt: image.alt ?? "", aspectRatio: image.aspectRatio ?? ready.aspectRatio });
  }
  if (draft.gallery) {
    const bare = images.find(({ aspectRatio }) => aspectRatio === undefined);
    if (bare !== undefined) {
      throw new MediaError(
        `${bare.ready.name} needs an aspectRatio in a gallery, and none could be measured. Nothing was sent.`,
        {
          media: bare.ready.name,
        },
      );
    }
  }
  return { images, card };
}

async function readExternal(
  { external, readsPage }: ParsedPost,
  media: PostTools["media"],
  skipUploads: boolean,
  signal: AbortSignal | undefined,
): Promise<Attachments["card"]> {
  if (external === undefined) return undefined;
  const uri = String(external.uri);
  if (!readsPage) {
    const { title = uri, description = "", thumb } = external;
    return {
      uri,
      title,
      description,
      thumb: thumb === undefined || skipUploads ? undefined : await media.image(thumb, thumbSlot, signal),
    };
  }
  const { images, ...said } = await readPage(external, media, signal);
  if (skipUploads) return { uri, ...said, thumb: undefined };
  const { thumb: given } = external;
  const thumb = given === undefined ? firstImage(images, media, signal) : media.image(given, thumbSlot, signal);
  return { uri, ...said, thumb: await thumb };
}

/** The card of a page. One that cannot be had refuses the post, unless its address, or what the caller says, will do. */
async function readPage(
  { uri, title, description = "", ifUnreadable = "refuse" }: ExternalContent,
  media: PostTools["media"],
  signal: AbortSignal | undefined,
): Promise<Card> {
  try {
    const card = await readCard(await media.page(String(uri), signal));
    return { ...card, title: title ?? card.title, description: description || card.description };
  } catch (error) {
    if (ifUnreadable === "refuse" || !(error instanceof MediaError)) throw error;
    return { title: title ?? String(uri), description, images: [] };
  }
}

/** The page was asked for, its picture was not: a card without one is still a card. */
async function firstImage(
  images: readonly string[],
  media: PostTools["media"],
  signal: AbortSignal | undefined,
): Promise<ReadyImage | undefined> {
  for (const image of images.slice(0, MOST_PICTURES)) {
    const ready = await media.image(image, thumbSlot, signal).catch(withoutMedia);
    if (ready !== undefined) return ready;
  }
  return undefined;
}

/** Pictures of a page that are tried */
const MOST_PICTURES = 3;

const thumbSlot = "app.bsky.embed.external#external.thumb";

function withoutMedia(error: unknown): undefined {
  if (error instanceof MediaError) return undefined;
  throw error;
}

/** A text may have been written by somebody else: it reaches files below one folder, and the network only if that is wanted. */
async function sourceInText(
  { source }: ParsedImage,
  { baseDir = ".", remoteImages = false }: MarkdownOptions,
): Promise<string> {
  const address = String(source);
  if (/^https?:\/\//i.test(address)) {
    if (remoteImages) return address;
    throw refused(
      address,
      "is a URL in a markdown text: { markdown: { remoteImages: true } } lets such pictures be downloaded",
    );
  }
  if (/^[a-z][a-z0-9+.-]+:/i.test(address)) throw refused(address, "is neither a path nor an http or https URL");
  const folder = await realpath(baseDir).catch((cause: unknown) => {
    throw new MediaError(
      `${baseDir}, the baseDir of pictures in markdown, is no folder that can be read. Nothing was sent.`,
      {
        media: address,
        cause,
      },
    );
  });
  const path = resolve(folder, safelyDecoded(address));
  // A link in the folder may lead out of it. What is not there is named by whoever opens it.
  const real = await realpath(path).catch(() => path);
  const within = relative(folder, real);
  if (!within.startsWith("..") && !isAbsolute(within)) return real;
  throw refused(
    address,
    `lies outside of ${folder}, which pictures of this text must lie in: { markdown: { baseDir } } names another folder`,
  );
}

/** Markdown writes spaces of a path as %20. */
function safelyDecoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

const refused = (media: string, why: string): MediaError =>
  new MediaError(`${media} ${why}. Nothing was sent.`, { media });

/** Where the blobs of pictures come from: the server, or, when nothing is to be sent, ourselves. */
export type ToBlob = (image: ReadyImage) => Promise<BlobRef>;

/** The embed of pictures or a card. */
export async function embedOf(
  { images, card }: Attachments,
  gallery: boolean,
  toBlob: ToBlob,
): Promise<MediaEmbed | undefined> {
  if (card !== undefined) {
    const { thumb, ...external } = card;
    const blob = thumb && (await toBlob(thumb));
    return { $type: "app.bsky.embed.external", external: { ...external, ...(blob && { thumb: blob }) } };
  }
  if (images.length === 0) return undefined;
  const uploaded = await Promise.all(
    images.map(async ({ ready, alt, aspectRatio }) => ({
      image: await toBlob(ready),
      alt,
      ...(aspectRatio && { aspectRatio: { width: aspectRatio.width, height: aspectRatio.height } }),
    })),
  );
  if (!gallery) return { $type: "app.bsky.embed.images", images: uploaded };
  const items = uploaded.map((image) => ({ $type: "app.bsky.embed.gallery#image" as const, ...image }));
  return { $type: "app.bsky.embed.gallery", items: items as AppBskyEmbedGallery.Main["items"] };
}
