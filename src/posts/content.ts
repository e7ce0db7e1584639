import type {
  AppBskyFeedDefs,
  AppBskyFeedPost,
  AppBskyRichtextFacet,
  ComAtprotoRepoStrongRef,
} from "../../generated/types.ts";
import type { MediaSource } from "../media/source/source.ts";
import type { VideoProgress } from "../media/video/video-run.ts";
import type { UploadVideoOptions } from "../media/video/upload-video.ts";
import type { RichText } from "../richtext/rich-text.ts";

/** What a post is made of. All of it is optional, as long as something is there. */
export interface PostContent {
  /** What it says, at most 300 graphemes and 3,000 bytes */
  readonly text?: string | RichText | undefined;
  /**
   * Read the text as markdown: links become links, `![alt](picture.png)` becomes a picture, lists and quotes keep their
   * signs, emphasis goes. Default false
   */
  readonly markdown?: boolean | MarkdownOptions | undefined;
  /** Links, mentions and tags by byte offsets of the UTF-8 text */
  readonly facets?: readonly AppBskyRichtextFacet.Main[] | undefined;
  /** Find links, mentions and tags in the text. Default true */
  readonly detectFacets?: boolean | undefined;
  /** Languages of the text, at most 3: `["en", "pt-BR"]`. Default: none said */
  readonly langs?: readonly string[] | undefined;
  /** Content warnings: `["graphic-media"]` */
  readonly labels?: readonly string[] | undefined;
  /** Tags that are not in the text, without `#`, at most 8 */
  readonly tags?: readonly string[] | undefined;
  /** The post to answer. Its thread is found by itself */
  readonly replyTo?: PostReference | undefined;
  /** A post, feed, list, starter pack or labeler to show below the text */
  readonly quote?: RecordReference | undefined;
  /** Up to 4 pictures, made to fit: paths, URLs, bytes, or objects with `alt` */
  readonly images?: readonly (ImageContent | MediaSource)[] | undefined;
  /** Show the pictures as a gallery, which holds up to 20. Default false */
  readonly gallery?: boolean | undefined;
  /** A video in place of pictures: path, URL, bytes, or an object with `alt`. Uploaded and processed before the post is written */
  readonly video?: VideoContent | MediaSource | undefined;
  /** A card for a link. A URL alone: title, description and picture are read from its page */
  readonly external?: ExternalContent | string | URL | undefined;
  /** An embed as its lexicon has it, in place of all the above */
  readonly embed?: AppBskyFeedPost.Main["embed"];
  /** Who may answer. Default: everybody */
  readonly threadgate?: ThreadgateContent | undefined;
  /** Who may quote it. Default: everybody */
  readonly postgate?: PostgateContent | undefined;
  /** A `Date`, or a text with its time zone: `2026-01-31T12:00:00Z`. Default: now */
  readonly createdAt?: Date | string | undefined;
  /**
   * Your own name for this post, unique for the account. Posting again under the same key gives the first post, so that a
   * script may be run again, or crash, and posts once. `replyTo: { key }` refers to it
   */
  readonly key?: string | undefined;
}

/** What of markdown is read. */
export interface MarkdownOptions {
  /** Read `![alt](source)` as a picture. Default true */
  readonly images?: boolean | undefined;
  /** Folder that paths of pictures start at and must stay in. Default: the working directory */
  readonly baseDir?: string | undefined;
  /** Pictures may be http and https URLs: whoever writes the text then says what is downloaded. Default false */
  readonly remoteImages?: boolean | undefined;
}

/** Width and height of a picture; only their ratio matters. */
export interface AspectRatio {
  /** In any unit, the same as `height` */
  readonly width: number;
  /** In any unit, the same as `width` */
  readonly height: number;
}

/** A picture of a post. */
export interface ImageContent {
  /** Path, URL, bytes, Blob or stream */
  readonly source: MediaSource;
  /** What is to be seen, for those who cannot see it. Required, but with `allowMissingAlt` */
  readonly alt?: string | undefined;
  /** Default: measured */
  readonly aspectRatio?: AspectRatio | undefined;
}

/** A video, and how it is sent and shown. */
export interface VideoContent extends Omit<UploadVideoOptions, "signal" | "onProgress"> {
  /** Path, URL, bytes, Blob or stream */
  readonly source: MediaSource;
}

/** A card for a link. */
export interface ExternalContent {
  /** Address of the page */
  readonly uri: string | URL;
  /** Default: the address */
  readonly title?: string | undefined;
  /** Default: empty */
  readonly description?: string | undefined;
  /** Picture of the card, made to fit. Default: none */
  readonly thumb?: MediaSource | undefined;
  /** Read what is left out from the page itself. Default false; true where the address alone is given */
  readonly readPage?: boolean | undefined;
  /** What to do when the page cannot be read: refuse the post, or make a card of what is given. Default `refuse` */
  readonly ifUnreadable?: "refuse" | "plain" | undefined;
}

/** Who may answer: nobody, or some. */
export type ThreadgateContent = "nobody" | readonly ThreadgateRule[];

/** Those the post mentions, the account's followers, those it follows, or the members of a list. */
export type ThreadgateRule = "mentioned" | "followers" | "following" | { readonly list: string };

/** Who may quote it. */
export type PostgateContent = "nobody";

/** A record by its CID too, as servers name it; views of posts are such. */
export interface RecordRef {
  /** at:// URI */
  readonly uri: string;
  /** CID of the version that is meant */
  readonly cid: string;
  /** A view's record, which says what thread it is in */
  readonly record?: unknown;
  /** What a view says that the account may do */
  readonly viewer?: AppBskyFeedDefs.ViewerState | undefined;
}

/** A record: `at://` URI, `https://bsky.app/profile/…` URL, its URI and CID, or a view of it. */
export type RecordReference = string | URL | RecordRef | KeyReference;

/** A post of this account by the key it was posted under. */
export interface KeyReference {
  /** The `key` it was posted with */
  readonly key: string;
}

/** A post to answer: like any record, or root and parent of the answer as its lexicon has them. */
export type PostReference = RecordReference | ReplyReference;

/** Root and parent of an answer. */
export interface ReplyReference {
  /** First post of the thread */
  readonly root: ComAtprotoRepoStrongRef.Main;
  /** The post that is answered */
  readonly parent: ComAtprotoRepoStrongRef.Main;
}

/** How a post is sent. */
export interface PostOptions {
  /**
   * Give the records and send nothing. What they need is still looked up: DIDs of handles, the thread of an answer.
   * Default false
   */
  readonly dryRun?: boolean | undefined;
  /** Cut a text that is too long into a thread, which appears whole or not at all. Default false: it is refused */
  readonly thread?: boolean | ThreadOptions | undefined;
  /** Pictures and videos without `alt` are posted too. Default false */
  readonly allowMissingAlt?: boolean | undefined;
  /** Leave pictures, videos and thumbnails out; a card keeps its title and link. Default false */
  readonly skipUploads?: boolean | undefined;
  /**
   * What to do when the key has a post. `return`: give it, whatever it says. `throw`: raise `RecordConflictError`. `post`: post, and give
   * the key to the new post. Default: `return` when the content is the same, else `throw`
   */
  readonly ifKeyExists?: "return" | "throw" | "post" | undefined;
  /** Ends everything that is done for the post */
  readonly signal?: AbortSignal | undefined;
  /** Told how the upload of a video goes */
  readonly onProgress?: ((progress: VideoProgress) => void) | undefined;
}

/** How a long text is cut into a thread. */
export interface ThreadOptions {
  /** End each part with its number: `(2/5)`. Default false */
  readonly numbered?: boolean | undefined;
}

/** Where a post is. */
export interface PostRef {
  /** `at://did/app.bsky.feed.post/rkey` */
  readonly uri: string;
  /** CID of the post */
  readonly cid: string;
  /** Where to look at it: `https://bsky.app/profile/did/post/rkey` */
  readonly url: string;
}

/** What became of a post. `uri`, `cid` and `url` are those of the first one of a thread. */
export interface CreatedPost extends PostRef {
  /** All posts of a thread, in order; the one there is otherwise */
  readonly posts: readonly PostRef[];
  /** Handles that were mentioned and belong to no account, or could not be looked up: they stayed text */
  readonly unresolvedMentions: readonly string[];
  /** Its key had this post already; nothing was sent */
  readonly existing: boolean;
}

/** What would be sent. */
export interface PostDraft extends Omit<CreatedPost, "posts" | "existing"> {
  /** The post records, in order */
  readonly posts: readonly DraftedPost[];
  /** Everything that would be written, gates too, in order */
  readonly writes: readonly DraftedWrite[];
}

/** A post that would be written. */
export interface DraftedPost extends PostRef {
  /** The record as it would be sent */
  readonly record: AppBskyFeedPost.Main;
}

/** A record that would be written. */
export interface DraftedWrite {
  /** NSID */
  readonly collection: string;
  /** Key of the record */
  readonly rkey: string;
  /** The record as it would be sent */
  readonly value: object;
}
