/**
 * Characters that terminals, and readers of lines, act on instead of showing them: C0 and C1 controls, line and paragraph separators,
 * and what turns the direction of writing. Joiners are not among them, since emoji and some scripts are made with them.
 */
// oxlint-disable-next-line no-control-regex -- these are what is looked for
const acting = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

const short: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** `\u001b`, as JSON writes it. */
const escaped = (one: string): string => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** A text in which each such character is seen and does nothing: one message stays one line. */
export const escapeControls = (text: string): string => text.replaceAll(acting, (one) => short[one] ?? escaped(one));

/** The same for JSON, whose line breaks are its own: it stays equal when it is parsed. */
export const escapeControlsOfJson = (text: string): string =>
  text.replaceAll(acting, (one) => (one === "\n" ? one : escaped(one)));
