import { dirname } from "node:path";
import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import type {
  CreatedPost,
  CreatePostOptions,
  ImageContent,
  PostDraft,
  ThreadgateContent,
  VideoContent,
} from "../../index.ts";
import { examples, several } from "../arguments.ts";
import { type ClientFlags, clientFlags, withClient } from "../client.ts";
import { json, print, printJson, printLines } from "../output.ts";
import { UsageError, warn } from "../print-error.ts";
import { readInput } from "../prompt.ts";
import { bar, StatusLine } from "../terminal.ts";

interface PostFlags extends ClientFlags {
  readonly markdown?: string;
  readonly image?: readonly Medium[];
  readonly link?: string;
  readonly reply?: string;
  readonly quote?: string;
  readonly thread?: true;
  readonly numbered?: true;
  readonly lang?: readonly string[];
  readonly label?: readonly string[];
  readonly tag?: readonly string[];
  readonly repliesFrom?: string;
  readonly key?: string;
  readonly allowMissingAlt?: true;
  readonly transcode?: true;
  readonly dryRun?: true;
}

/** A picture or a video, in the order of the command line, and the `--alt` that followed it. */
interface Medium {
  readonly kind: "image" | "video";
  readonly source: string;
  alt?: string;
}

export function define(command: Command): void {
  const media: Medium[] = [];
  const add =
    (kind: Medium["kind"]) =>
    (source: string): readonly Medium[] => {
      media.push({ kind, source });
      return media;
    };
  const describe = (alt: string): string => {
    const last = media.at(-1);
    if (last === undefined || last.alt !== undefined)
      throw new UsageError("--alt describes the --image or --video before it.");
    last.alt = alt;
    return alt;
  };
  clientFlags(command)
    .argument("[text]", "what to post (default: standard input); links, mentions and tags in it are found")
    .option("-m, --markdown <file>", "post a markdown file, with its pictures; - reads standard input")
    .option("-i, --image <file>", "add a picture: path or URL; may be repeated", add("image"))
    .option("-v, --video <file>", "add a video: path or URL", add("video"))
    .option("--alt <text>", "say what is to be seen on the --image or --video before it", describe)
    .option("--transcode", "convert a video that Bluesky would not take; needs ffmpeg")
    .option("--link <url>", "show a card for a link, with what its page says of itself")
    .option("-r, --reply <post>", "answer a post: its address or at:// URI, or key:NAME for one of yours")
    .option("-q, --quote <post>", "show a post below the text: its address or at:// URI, or key:NAME")
    .option("-t, --thread", "cut a text that is too long into a thread")
    .option("--numbered", "end each part of the thread with its number")
    .option("-l, --lang <code>", "language of the text; may be repeated", several)
    .option("--label <label>", "content warning, such as graphic-media; may be repeated", several)
    .option("--tag <tag>", "tag that is not in the text; may be repeated", several)
    .option("--replies-from <who>", "who may answer: nobody, or of mentioned, followers, following, with commas")
    .option("-k, --key <name>", "your name for the post: under one key it is posted once, however often this runs")
    .option("--allow-missing-alt", "post pictures and videos without --alt, too")
    .option("--dry-run", "show what would be written; nothing is sent")
    // The parsers above share a list.
    .action((text: string | undefined, flags: PostFlags) => post(text, { ...flags, image: media }));
  examples(command, [
    ['skylex post "Hello @alice.bsky.social, read https://example.com #news"', ""],
    ["fortune | skylex post", "the text from standard input"],
    ['skylex post "A walk" --image a.jpg --alt "A path" --image b.jpg --alt "A lake"', ""],
    ["skylex post --markdown today.md --thread --key 2026-01-31", "posted once, however often it is run"],
    ['skylex post "So true" --reply https://bsky.app/profile/bsky.app/post/3l6oveex3ii2l', ""],
    ['skylex post "Ready?" --dry-run --json', "exactly what would be written"],
  ]);
}

async function post(given: string | undefined, flags: PostFlags): Promise<void> {
  const { text, markdown } = await textOf(given, flags);
  const options = { ...contentOf(flags), ...(markdown !== undefined && { markdown }) };
  const status = new StatusLine(process.stderr, 100);
  await withClient(flags, "one", async (client) => {
    try {
      if (flags.dryRun) return await tellDraft(await client.createPost(text, { ...options, dryRun: true }), flags);
      const created = await client.createPost(text, {
        ...options,
        onProgress: ({ phase, percent = 0 }) => status.show(() => `${phase.padEnd(10)} ${bar(percent / 100)}`),
      });
      status.clear();
      await tellPost(created, flags);
    } finally {
      status.clear();
    }
  });
}

async function textOf(given: string | undefined, { markdown: file, image = [], link }: PostFlags) {
  if (file !== undefined) {
    if (given !== undefined) throw new UsageError("The text is given as well as --markdown. One of them will do.");
    const text = file === "-" ? await readInput() : await readText(file);
    return { text, markdown: { baseDir: file === "-" ? process.cwd() : dirname(file) } };
  }
  if (given !== undefined && given !== "-") return { text: given, markdown: undefined };
  if (given === undefined && process.stdin.isTTY) {
    if (image.length > 0 || link !== undefined) return { text: "", markdown: undefined };
    throw new UsageError('There is no text: skylex post "…", or from standard input.');
  }
  const text = (await readInput()).trimEnd();
  if (text === "" && image.length === 0 && link === undefined) throw new UsageError("Standard input held no text.");
  return { text, markdown: undefined };
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

function contentOf(flags: PostFlags): Omit<CreatePostOptions, "dryRun"> {
  const { image = [], transcode, reply, quote, link, lang, label, tag, key, thread, numbered, repliesFrom } = flags;
  const images: ImageContent[] = image
    .filter(({ kind }) => kind === "image")
    .map(({ source, alt }) => ({ source, alt }));
  const videos: VideoContent[] = image
    .filter(({ kind }) => kind === "video")
    .map(({ source, alt }) => ({ source, alt, transcode }));
  if (videos.length > 1) throw new UsageError("A post holds one video.");
  return {
    ...(images.length > 0 && { images, gallery: images.length > 4 }),
    video: videos[0],
    replyTo: reply === undefined ? undefined : reference(reply),
    quote: quote === undefined ? undefined : reference(quote),
    external: link,
    langs: lang?.flatMap((one) => one.split(",")),
    labels: label,
    tags: tag,
    key,
    threadgate: repliesFrom === undefined ? undefined : gate(repliesFrom),
    thread: numbered ? { numbered: true } : thread,
    allowMissingAlt: flags.allowMissingAlt,
  };
}

/** A post by its key, or by its address, which the library reads. */
const reference = (text: string): string | { readonly key: string } =>
  text.startsWith("key:") ? { key: text.slice(4) } : text;

function gate(text: string): ThreadgateContent {
  if (text === "nobody") return text;
  return text.split(",").map((rule) => {
    if (rule === "mentioned" || rule === "followers" || rule === "following") return rule;
    if (rule.startsWith("at://") || rule.startsWith("https://")) return { list: rule };
    throw new UsageError(`--replies-from takes nobody, or of mentioned, followers, following and lists, not ${rule}.`);
  });
}

async function tellPost(created: CreatedPost, { json: asJson }: PostFlags): Promise<void> {
  if (asJson) return printJson(created);
  if (created.existing) warn("this key had the post already, and nothing was sent.");
  tellMentions(created.unresolvedMentions);
  for (const { url } of created.posts) await print(url);
}

async function tellDraft(draft: PostDraft, { json: asJson }: PostFlags): Promise<void> {
  if (asJson) return printJson(draft);
  tellMentions(draft.unresolvedMentions);
  for (const { collection, rkey, value } of draft.writes) await printLines(`${collection} ${rkey}\n${json(value, 2)}`);
  process.stderr.write("Nothing was sent.\n");
}

function tellMentions(handles: readonly string[]): void {
  if (handles.length > 0)
    warn(`nobody is called ${handles.map((handle) => `@${handle}`).join(", ")}: these stay text.`);
}
