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

const patterns: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  // A JWT, whole or cut off: base64url of `{"`, and at least one dot.
  [/(?:\b|(?<=%[\dA-Fa-f]{2}))eyJ[\w-]{5,}\.[\w-]*(?:\.[\w-]*)*/g, REDACTED],
  [/\b(Bearer|DPoP)\s+(?!\[redacted\])[\w.~+/=-]{8,}/gi, `$1 ${REDACTED}`],
  // An app password: https://bsky.app/settings/app-passwords makes four groups of four.
  [/(?<![\w-])[a-z0-9]{4}(?:-[a-z0-9]{4}){3}(?![\w-])/gi, REDACTED],
  // Secrets in URLs: in the query or fragment by name, and before the host.
  [
    /([?&#][\w.[\]%-]*(?:passw|token|jwt|secret|authorization|api_?key|credential)[\w.[\]%-]*=)(?!\[redacted\])[^&#\s"'<>]+/gi,
    `$1${REDACTED}`,
  ],
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@"'<>]+@/gi, `$1${REDACTED}@`],
  // Secrets in JSON, and in JSON that stands in a text of JSON: an answer that echoes what it was sent.
  [
    /("[\w-]*(?:passw|token|jwt|secret|authorization|apikey|credential)[\w-]*"\s*:\s*")(?!\[redacted\])(?:[^"\\]|\\.)+/gi,
    `$1${REDACTED}`,
  ],
  [
    /(\\"[\w-]*(?:passw|token|jwt|secret|authorization|apikey|credential)[\w-]*\\"\s*:\s*\\")(?!\[redacted\])(?:[^"\\]|\\\\(?:\\.)?|\\[^"\\])+/gi,
    `$1${REDACTED}`,
  ],
];

/** One test that rules out nearly every text: all patterns need one of these. */
const suspicious = /eyJ|bearer|dpop|[a-z0-9]{4}-[a-z0-9]{4}-|[=@]|"\s*:/i;

export function redactText(text: string): string {
  if (!suspicious.test(text)) return text;
  let clean = text;
  for (const [pattern, replacement] of patterns) clean = clean.replace(pattern, replacement);
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
