import type { AppBskyFeedDefs } from "../../index.ts";
import { oneLine } from "../output.ts";
import { style } from "../terminal.ts";
import { cut, since, wrap } from "./columns.ts";

type View = AppBskyFeedDefs.PostView;

/** A post in lines: who and when, the text, what is attached. */
export function postLines(post: View, width: number, { marked = false } = {}): string[] {
  const { author, record, indexedAt, likeCount = 0, repostCount = 0, replyCount = 0, embed } = post;
  const { text = "", createdAt } = record as { readonly text?: unknown; readonly createdAt?: unknown };
  const name = oneLine(author.displayName ?? "");
  const who = `${name === "" ? "" : `${style("bold", name)} `}${style("cyan", `@${oneLine(author.handle)}`)}`;
  const when = typeof createdAt === "string" && !Number.isNaN(Date.parse(createdAt)) ? createdAt : indexedAt;
  const figures = [
    [likeCount, "♥"],
    [repostCount, "⟳"],
    [replyCount, "↩"],
  ].flatMap(([count, sign]) => (count === 0 ? [] : `${oneLine(count)} ${sign}`));
  const facts = [since(when), ...figures].join(" · ");
  return [
    `${marked ? style("yellow", "▶ ") : ""}${who} ${style("dim", `· ${facts}`)}`,
    ...(typeof text === "string" && text !== "" ? wrap(text, width) : []),
    ...embedLines(embed).map((line) => style("dim", line)),
  ];
}

/** What is attached, in short lines. */
function embedLines(embed: View["embed"]): string[] {
  switch (embed?.$type) {
    case "app.bsky.embed.images#view":
      return embed.images.map(({ alt }) => `[picture: ${oneLine(alt) || "without a description"}]`);
    case "app.bsky.embed.video#view":
      return [`[video: ${oneLine(embed.alt ?? "") || "without a description"}]`];
    case "app.bsky.embed.external#view":
      return [`[link: ${oneLine(embed.external.title)} ${oneLine(embed.external.uri)}]`];
    case "app.bsky.embed.record#view":
      return [quoted(embed.record)];
    case "app.bsky.embed.recordWithMedia#view":
      return [...embedLines(embed.media), quoted(embed.record.record)];
    default:
      return embed === undefined ? [] : [`[${oneLine(embed.$type).replace(/^.*\.|#view$/g, "")}]`];
  }
}

function quoted(record: unknown): string {
  const { author, value, uri } = record as {
    readonly author?: { readonly handle?: unknown };
    readonly value?: { readonly text?: unknown };
    readonly uri?: unknown;
  };
  if (typeof author?.handle === "string" && typeof value?.text === "string") {
    return `[quotes @${oneLine(author.handle)}: ${cut(oneLine(value.text), 80)}]`;
  }
  return `[quotes ${oneLine(String(uri ?? "a record that cannot be seen"))}]`;
}

/** `https://bsky.app/profile/…/post/…` of a post's URI. */
export function addressOf({ uri, author }: Pick<View, "uri" | "author">): string {
  // A handle that nobody can resolve leads nowhere.
  const name = author.handle === "handle.invalid" ? author.did : author.handle;
  return `https://bsky.app/profile/${oneLine(name)}/post/${oneLine(uri.split("/").at(-1) ?? "")}`;
}
