import { LexiconError } from "./errors.ts";
import type { Refusals } from "./refusals.ts";

/**
 * How names of the lexicons become names in code. Of documents whose names collide one is refused: renaming it would make the name
 * of a method depend on which other documents happen to be there.
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

/**
 * Name of a definition's type inside its document: `viewerState` -> `ViewerState`. What would not start with a letter starts with
 * an underscore, which no other name does.
 */
export function declarationName(definition: string): string {
  const name = words(definition).map(capitalise).join("");
  return /^[A-Z]/.test(name) ? name : `_${name}`;
}

/** Name of the files of an authority. One whose second label is `d` would make files that TypeScript takes for declarations. */
export const authorityFile = (authority: string): string => (authority.endsWith(".d") ? `${authority}_` : authority);

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

interface Name {
  /** What of a document has it */
  readonly what: "identifier" | "class" | typeof caseless;
  readonly text: string;
  /** NSID, or namespace, that it stands for */
  readonly of: string;
}

const caseless = "file on file systems that ignore case";

/**
 * The documents without those of which a name would become the name of another one in code or, on file systems that ignore case,
 * the same file. The first one keeps the name.
 */
export function withoutCollisions<Document extends { readonly nsid: string }>(
  documents: readonly Document[],
  refusals: Refusals,
): readonly Document[] {
  const owners = new Map<string, string>();
  const namespaces = new Set<string>();
  return documents.filter(({ nsid }) => {
    const within = prefixes(nsid).filter((path) => !namespaces.has(path));
    const names = namesOf(nsid, within);
    const refusal = refusalOf(nsid, names, (name) => owners.get(keyOf(name)));
    if (refusal !== undefined) {
      refusals.add(new LexiconError(nsid, ["id"], refusal));
      return false;
    }
    for (const name of names) owners.set(keyOf(name), name.of);
    for (const path of within) namespaces.add(path);
    return true;
  });
}

const keyOf = ({ what, text }: Name): string => `${what} ${text}`;

function namesOf(nsid: string, within: readonly string[]): readonly Name[] {
  return [
    { what: "identifier", text: typeIdentifier(nsid), of: nsid },
    { what: caseless, text: typesFile(nsid).toLowerCase(), of: nsid },
    ...within.flatMap((of): Name[] => [
      { what: "class", text: typeIdentifier(of), of },
      { what: caseless, text: of.toLowerCase(), of },
    ]),
  ];
}

function refusalOf(
  nsid: string,
  names: readonly Name[],
  ownerOf: (name: Name) => string | undefined,
): string | undefined {
  for (const name of names) {
    const { what, text, of } = name;
    if (what === "class" && classNames.has(text))
      return `the namespace ${of} would be the class ${text}, which means another thing`;
    const owner = ownerOf(name);
    if (owner === undefined || owner === of) continue;
    const subject = of === nsid ? "" : `the namespace ${of} `;
    return `${subject}gets the same ${what} as ${owner} (${text}); generate them separately with --only`;
  }
  return undefined;
}

const outer = new Map<string, readonly string[]>();

/** The namespaces that an NSID stands in: `app.bsky.feed.getTimeline` -> `app`, `app.bsky`, `app.bsky.feed` */
function prefixes(nsid: string): readonly string[] {
  const end = nsid.lastIndexOf(".");
  if (end < 0) return [];
  const inner = nsid.slice(0, end);
  let found = outer.get(inner);
  if (found === undefined) outer.set(inner, (found = [...prefixes(inner), inner]));
  return found;
}
