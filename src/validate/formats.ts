import type { LexiconDoc } from "@atproto/lexicon";
import { Lexicons } from "@atproto/lexicon";
import { isStrictLanguage } from "./language.ts";

/** What each string format looks like: https://atproto.com/specs/lexicon#string-formats */
export const formatExamples: Readonly<Record<string, string>> = {
  "at-identifier": "a handle or DID such as alice.example.com",
  "at-uri": "an AT-URI such as at://alice.example.com/app.bsky.feed.post/3l6oveex3ii2l",
  cid: "a CID such as bafyreifepiu23okq5zuyvyhsoiazv2icw2van3s7ko6d3ixl5jx2yj2yhu",
  datetime: "a datetime such as 2026-01-31T12:00:00.000Z",
  did: "a DID such as did:plc:z72i7hdynmk6r22z27h6tvur",
  handle: "a handle such as alice.example.com",
  language: "a language tag such as en or pt-BR",
  nsid: "an NSID such as app.bsky.feed.post",
  "record-key": "a record key such as 3l6oveex3ii2l or self",
  tid: "a TID such as 3l6oveex3ii2l",
  uri: "a URI such as https://example.com",
};

/** A document with a definition for each format, because a single text is nothing that the package checks. */
const document = {
  lexicon: 1,
  id: "local.skylex.formats",
  defs: Object.fromEntries(
    Object.keys(formatExamples).map((format) => [
      format,
      { type: "object", required: ["text"], properties: { text: { type: "string", format } } },
    ]),
  ),
};
const formats = new Lexicons([document as unknown as LexiconDoc]);

const did = "did:plc:[a-z2-7]{24}";
// Few parts, and shorter ones than are allowed: names as a whole are limited, too.
const handle = "(?:[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?\\.){1,3}[a-z]{2,60}";
const nsid = "[a-z]{1,60}(?:\\.[a-zA-Z][a-zA-Z0-9]{0,59}){2,4}";
const recordKey = "[a-zA-Z0-9_~:-]{1,512}";
const day = "(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)";

/**
 * What most texts of a format look like. Those have it for certain, and the package, which takes ten times as long, need not be
 * asked. CIDs are the SHA-256 of records and blobs in base32: https://dasl.ing/cid.html
 */
const usual = new Map(
  Object.entries({
    "at-identifier": `${did}|${handle}`,
    "at-uri": `at://${did}/${nsid}/${recordKey}`,
    cid: "baf[yk]rei[a-h][a-z2-7]{50}[aeimquy4]",
    datetime: `[12]\\d{3}-${day}T(?:[01]\\d|2[0-3])(?::[0-5]\\d){2}(?:\\.\\d{1,9})?Z`,
    did,
    handle,
    language: "[a-z]{2}(?:-[A-Z]{2})?",
    nsid,
    "record-key": recordKey,
    tid: "[2-7a-j][2-7a-z]{12}",
    uri: "https://[^\\s/]\\S*",
  }).map(([format, pattern]) => [format, new RegExp(`^(?:${pattern})$`)]),
);

/** Whether a text has a format for certain. */
export const isUsual = (format: string, text: string): boolean => usual.get(format)?.test(text) === true;

/** Whether a text has a string format, as `@atproto/lexicon` sees it. Formats newer than it are not checked. */
export const isFormat = (format: string, text: string): boolean =>
  isUsual(format, text) ||
  !(format in formatExamples) ||
  formats.validate(`lex:local.skylex.formats#${format}`, { text }).success;

/** https://atproto.com/specs/lexicon#datetime: RFC 3339, with upper-case T and Z, a time zone, and a year that has four digits */
const datetime =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/**
 * Servers are stricter with datetimes than `@atproto/lexicon`, which takes what old records have, for instance no time zone:
 * `isDatetimeString` of https://github.com/bluesky-social/atproto/tree/main/packages/syntax
 */
function isStrictDatetime(text: string): boolean {
  if (isUsual("datetime", text)) return true;
  if (text.length > 64 || text.endsWith("-00:00") || !datetime.test(text)) return false;
  const year = new Date(text).getUTCFullYear();
  return year >= 0 && year <= 9999;
}

/**
 * Servers take CIDs only as they write them: version 1 in base32, version 0 in base58. `validateCidString` of
 * https://github.com/bluesky-social/atproto/tree/main/packages/lex/lex-data
 */
const isStrictCid = (text: string): boolean => /^(?:b|Qm)/.test(text) && isFormat("cid", text);

/** Formats of which servers take less in what is written than `@atproto/lexicon` does. */
const strictFormats = new Map<string, (text: string) => boolean>([
  ["cid", isStrictCid],
  ["datetime", isStrictDatetime],
  ["language", (text) => isUsual("language", text) || (isFormat("language", text) && isStrictLanguage(text))],
]);

/** Whether a text has a string format: `strict` as servers see it, else as `@atproto/lexicon` does. */
export function hasFormat(format: string, text: string, strict: boolean): boolean {
  const check = strict ? strictFormats.get(format) : undefined;
  return check === undefined ? isFormat(format, text) : check(text);
}
