/** Stands where a secret was. */
export const REDACTED = "[redacted]";

export interface RedactOptions {
  /** Further names of members whose values are left out, in addition to passwords, tokens and the like. Case, `-` and `_` do not matter */
  readonly redact?: readonly string[] | undefined;
  /** Leave out the text of direct messages (`chat.bsky.*`). Default false */
  readonly redactMessages?: boolean | undefined;
}

/** Decides what may be kept. */
export interface Redactor {
  /** Whether the value of a member with this name is a secret. */
  isSecret(name: string, nsid: string): boolean;
  /** A text without what looks like a secret. The same text if there is none. */
  readonly text: (text: string) => string;
}

const plain = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");

/** Names of members, without punctuation. `token` covers authFactorToken and the codes that e-mails confirm with. */
const secretNames =
  /passw|passphrase|token|jwt|secret|authorization|apikey|privatekey|credential|cookie|invitecode|verificationcode|confirmationcode|onetimecode/;

/** Figures about secrets, not secrets: `tokenRequired` of an upload limit, `inviteCodeRequired` of a server. */
const harmless = /(?:required|count|expiresat|expiry|limit|type)$/;

/** Endpoints whose `code` is one that was sent to a phone. https://atproto.com/lexicons/app-bsky */
const codeEndpoints: ReadonlySet<string> = new Set(["app.bsky.contact.verifyPhone"]);

/** Names in URLs and in JSON whose values are secrets. */
const secretInText = /passw|token|jwt|secret|authorization|api_?key|credential/i;

type Replace = (match: string, ...groups: string[]) => string;

/** Keeps what stands before a value, where the name before it is that of a secret. */
const valueBehindName: Replace = (match, before, name) =>
  secretInText.test(name ?? "") ? `${before}${REDACTED}` : match;

/**
 * Each pattern looks at a character a bounded number of times, because the texts come from servers: a name is matched as a whole and
 * looked at afterwards, and whatever follows a match that fails is not what the match began with.
 */
export const patterns: readonly (readonly [pattern: RegExp, replace: string | Replace])[] = [
  [/[\w.-]{10,}/g, withoutJwt],
  [/\b(Bearer|DPoP)\s(?:\s*)(?!\[redacted\])[\w.~+/=-]{8,}/gi, `$1 ${REDACTED}`],
  // An app password: https://bsky.app/settings/app-passwords makes four groups of four.
  [/(?<![\w-])[a-z0-9]{4}(?:-[a-z0-9]{4}){3}(?![\w-])/gi, REDACTED],
  // Secrets in URLs: in the query or fragment by name, and before the host.
  [/([?&#]([\w.[\]%-]*)=)(?!\[redacted\])[^&#\s"'<>]+/g, valueBehindName],
  [/(?<=[a-z0-9+.-]):\/\/(?!\[redacted\]@)[^\s/@"'<>]+@/gi, `://${REDACTED}@`],
  // Secrets in JSON, and in JSON that stands in a text of JSON: a response that echoes what it was sent.
  [/("([\w-]*)"\s*:\s*")(?!\[redacted\])(?:[^"\\]|\\.)+/g, valueBehindName],
  [/(\\"([\w-]*)\\"\s*:\s*\\")(?!\[redacted\])(?:[^"\\]|\\\\(?:\\.)?|\\[^"\\])+/g, valueBehindName],
];

const JWT = "eyJ";
/** Characters of the header of a JWT before its first dot, at least */
const SHORTEST_HEADER = JWT.length + 5;

/** A run of characters without the JWTs in it, whole or cut off: base64url of `{"`, and at least one dot. */
function withoutJwt(run: string, ...rest: readonly unknown[]): string {
  const [offset, whole] = rest.slice(-2) as [number, string];
  const lastDot = run.lastIndexOf(".");
  for (let at = run.indexOf(JWT); at !== -1 && at + SHORTEST_HEADER <= lastDot; at = run.indexOf(JWT, at + 1)) {
    const before = run[at - 1];
    const isEscape = at === 2 && whole[offset - 1] === "%";
    const isStart = before === undefined || before === "." || before === "-" || isEscape;
    if (isStart && !run.slice(at, at + SHORTEST_HEADER).includes(".")) return `${run.slice(0, at)}${REDACTED}`;
  }
  return run;
}

/** One test that rules out nearly every text: all patterns need one of these. */
const suspicious = /eyJ|bearer|dpop|[a-z0-9]{4}-[a-z0-9]{4}-|[=@]|"\s*:/i;

/** Characters of a text that are looked at. What is longer is cut, since nobody reads it and a server may send any length. */
export const LONGEST_TEXT = 65_536;

/** A text without what looks like a secret, and cut where it is very long. */
export function redactText(text: string): string {
  let clean = text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}… <${text.length} characters>` : text;
  if (!suspicious.test(clean)) return clean;
  for (const [pattern, replace] of patterns) clean = clean.replace(pattern, replace as string);
  return clean;
}

/** Names come from code, not from data, so there are few; this bounds what odd input can make of it. */
const REMEMBERED_NAMES = 2000;

export function createRedactor({ redact = [], redactMessages = false }: RedactOptions = {}): Redactor {
  const further = new Set(redact.map(plain));
  const known = new Map<string, boolean>();
  const decide = (name: string): boolean => {
    const bare = plain(name);
    return further.has(bare) || (secretNames.test(bare) && !harmless.test(bare));
  };
  return {
    isSecret(name, nsid) {
      let secret = known.get(name);
      if (secret === undefined) {
        if (known.size >= REMEMBERED_NAMES) known.clear();
        known.set(name, (secret = decide(name)));
      }
      if (secret) return true;
      if (name === "code") return codeEndpoints.has(nsid);
      return redactMessages && name === "text" && nsid.startsWith("chat.bsky.");
    },
    text: redactText,
  };
}
