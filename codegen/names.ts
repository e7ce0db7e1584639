import { LexiconError } from "./errors.ts";

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

/** Names that mean something to JavaScript itself on every object that has them. */
const languageNames = new Set(["constructor", "then", "toString", "toJSON", "valueOf"]);

/** First segments that would hide a member of the client. A test compares this list with the client. */
export const clientNames: ReadonlySet<string> = new Set([
  "batch",
  "block",
  "budget",
  "call",
  "close",
  "createPost",
  "createThread",
  "cursors",
  "database",
  "deletePost",
  "did",
  "explain",
  "follow",
  "get",
  "getPost",
  "getPosts",
  "jetstream",
  "labels",
  "like",
  "lists",
  "log",
  "login",
  "logout",
  "mute",
  "on",
  "pds",
  "post",
  "profiles",
  "records",
  "repost",
  "resolveHandle",
  "serviceAuth",
  "session",
  "sessions",
  "subscribe",
  "unblock",
  "unfollow",
  "unlike",
  "unmute",
  "unrepost",
  "updateHandle",
  "uploadBlob",
  "uploadImage",
  "uploadVideo",
  "with",
]);

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

/** What the modules with the classes of namespaces import, declare or take from the language. */
const classNames = new Set(
  `Authority BinaryInput CallOptions CallPromise Collection Definition EventStream Namespace NamespaceOwner NoParams NsidCollection
  PagePromise Partial Procedures ProcedureOptions Queries Readonly Record RepoEvent Root SingletonRecord StreamOptions
  Uint8Array`.split(/\s+/),
);

/** Fails when two names would become the same one in code or, on file systems that ignore case, the same file. */
export function checkCollisions(nsids: readonly string[]): void {
  const documents = nsids.map((nsid) => [nsid, nsid] as const);
  const namespaces = new Map(nsids.flatMap((nsid) => prefixes(nsid).map((path) => [path, nsid] as const)));
  for (const [path, nsid] of namespaces) {
    const name = typeIdentifier(path);
    if (classNames.has(name)) {
      throw new LexiconError(
        nsid,
        ["id"],
        `the namespace ${path} would be the class ${name}, which means another thing`,
      );
    }
  }
  checkUnique(documents, "identifier", typeIdentifier);
  checkUnique(documents, "file on file systems that ignore case", (nsid) => typesFile(nsid).toLowerCase());
  checkUnique(namespaces, "class", typeIdentifier);
  checkUnique(namespaces, "file on file systems that ignore case", (path) => path.toLowerCase());
}

/** The namespaces that an NSID stands in: `app.bsky.feed.getTimeline` -> `app`, `app.bsky`, `app.bsky.feed` */
function prefixes(nsid: string): string[] {
  const segments = nsid.split(".");
  return segments.slice(1).map((_, index) => segments.slice(0, index + 1).join("."));
}

function checkUnique(
  names: Iterable<readonly [name: string, nsid: string]>,
  what: string,
  key: (name: string) => string,
): void {
  const owners = new Map<string, string>();
  for (const [name, nsid] of names) {
    const owner = owners.get(key(name));
    if (owner !== undefined) {
      const subject = name === nsid ? "" : `the namespace ${name} `;
      const advice = "generate them separately with --only";
      throw new LexiconError(nsid, ["id"], `${subject}gets the same ${what} as ${owner} (${key(name)}); ${advice}`);
    }
    owners.set(key(name), name);
  }
}
