import { LexiconError } from "./problem.ts";

/**
 * How names of the lexicons become names in code. A collision is an error that names both sides: renaming one of them
 * would make the name of a method depend on which other documents happen to be there.
 */

const capitalise = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
const words = (name: string): readonly string[] => name.split(/[^a-zA-Z0-9]+/).filter(Boolean);

const identifiers = new Map<string, string>();

/** `app.bsky.feed.getTimeline` -> `AppBskyFeedGetTimeline` */
export function typeIdentifier(nsid: string): string {
  let name = identifiers.get(nsid);
  if (name === undefined) identifiers.set(nsid, (name = nsid.split(".").flatMap(words).map(capitalise).join("")));
  return name;
}

/** `app.bsky.feed.getTimeline` -> `appBskyFeedGetTimeline` */
export function constIdentifier(nsid: string): string {
  const name = typeIdentifier(nsid);
  return name.charAt(0).toLowerCase() + name.slice(1);
}

/** `app.bsky.feed.getTimeline` -> `types/app/bsky/feed/getTimeline.ts` */
export const typesFile = (nsid: string): string => `types/${nsid.replaceAll(".", "/")}.ts`;

/** The registered domain an NSID belongs to, reversed: `app.bsky.feed.getTimeline` -> `app.bsky` */
export const authorityOf = (nsid: string): string => nsid.split(".").slice(0, 2).join(".");

/** Name of a definition's type inside its document: `viewerState` -> `ViewerState` */
export function declarationName(nsid: string, definition: string): string {
  const name = words(definition).map(capitalise).join("");
  if (!/^[A-Z]/.test(name)) {
    throw new LexiconError(nsid, ["defs", definition], "a definition needs a name that starts with a letter");
  }
  return name;
}

const identifier = /^[A-Za-z_$][\w$]*$/;

/** A property key as it stands in code, quoted where it has to be. */
export const propertyKey = (name: string): string => (identifier.test(name) ? name : JSON.stringify(name));

/** A member access as it stands in code: `.feed` or `["my-site"]`. */
export const memberAccess = (name: string): string =>
  identifier.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;

/** Names that mean something to JavaScript itself on every object that has them. */
const languageNames = new Set(["constructor", "then", "toString", "toJSON", "valueOf"]);

/** First segments that would hide a member of the client. A test compares this list with the client. */
export const clientNames: ReadonlySet<string> = new Set(["call", "close", "get", "log", "post"]);

/** Makes sure that every segment of an NSID can be a member of the tree. */
export function checkMembers(nsid: string): void {
  const segments = nsid.split(".");
  const bad = segments.find((segment) => languageNames.has(segment));
  if (bad !== undefined) {
    throw new LexiconError(
      nsid,
      ["id"],
      `the segment "${bad}" has a meaning of its own in JavaScript and cannot be a member`,
    );
  }
  if (clientNames.has(segments[0] as string)) {
    throw new LexiconError(nsid, ["id"], `the first segment "${segments[0]}" is a member of the client`);
  }
}

/** Fails when two documents would get the same identifier or, on file systems that ignore case, the same file. */
export function checkCollisions(nsids: readonly string[]): void {
  for (const [what, key] of [
    ["identifier", typeIdentifier],
    ["file on file systems that ignore case", (nsid: string) => typesFile(nsid).toLowerCase()],
  ] as const) {
    const owners = new Map<string, string>();
    for (const nsid of nsids) {
      const owner = owners.get(key(nsid));
      if (owner !== undefined) {
        throw new LexiconError(
          nsid,
          ["id"],
          `gets the same ${what} as ${owner} (${key(nsid)}); generate them separately with --only`,
        );
      }
      owners.set(key(nsid), nsid);
    }
  }
}
