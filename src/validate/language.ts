/**
 * Whether a language tag that is well-formed is one that servers take in what is written: `isLanguageString` of
 * https://github.com/bluesky-social/atproto/tree/main/packages/lex/lex-schema. Old records have others, so responses are read without
 * it. The language is two or three small letters, and neither variants nor extensions come twice:
 * https://www.rfc-editor.org/rfc/rfc5646.html#section-2.2.9
 */
export function isStrictLanguage(tag: string): boolean {
  const parts = tag.split("-");
  const [language = ""] = parts;
  // Private tags, and those registered before there were rules: `x-one`, `i-klingon`
  if (/^[xXi]$/.test(language)) return true;
  return /^[a-z]{2,3}$/.test(language) && !repeats(parts);
}

const isOf =
  (pattern: RegExp) =>
  (part: string | undefined): boolean =>
    part !== undefined && pattern.test(part);

const isExtendedLanguage = isOf(/^[a-zA-Z]{3}$/);
const isScript = isOf(/^[a-zA-Z]{4}$/);
const isRegion = isOf(/^(?:[a-zA-Z]{2}|\d{3})$/);
const isVariant = isOf(/^(?:[a-zA-Z0-9]{5,8}|\d[a-zA-Z0-9]{3})$/);
/** What begins an extension; `x` begins what is private, where anything may come twice. */
const isSingleton = isOf(/^[0-9a-wyzA-WYZ]$/);
const isOfExtension = isOf(/^[a-zA-Z0-9]{2,8}$/);

/** Goes through the parts in their order: language, script, region, variants, extensions. */
function repeats(parts: readonly string[]): boolean {
  const seen = new Set<string>();
  const isNew = (part = ""): boolean => seen.size < seen.add(part.toLowerCase()).size;
  let at = 1;
  while (at <= 3 && isExtendedLanguage(parts[at])) at++;
  if (isScript(parts[at])) at++;
  if (isRegion(parts[at])) at++;
  for (; isVariant(parts[at]); at++) if (!isNew(parts[at])) return true;
  while (isSingleton(parts[at])) {
    if (!isNew(parts[at])) return true;
    at++;
    while (isOfExtension(parts[at])) at++;
  }
  return false;
}
