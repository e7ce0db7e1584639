/** Characters of a page in which its encoding is looked for: https://encoding.spec.whatwg.org and https://html.spec.whatwg.org/#prescan-a-byte-stream-to-determine-its-encoding */
const PRESCAN = 4096;

const declared = /charset\s{0,20}=\s{0,20}["']?([\w:.-]{1,40})/i;

/**
 * The text of a page, in the encoding that a browser would read it in: by a byte order mark, the header, the page's own words, and
 * else UTF-8 where it is that, or Windows-1252, which is what old pages without a word are in.
 *
 * @param contentType whole `Content-Type` header
 */
export function decodePage(bytes: Uint8Array, contentType: string | undefined): string {
  const label = markOf(bytes) ?? labelIn(contentType ?? "") ?? labelInPage(bytes);
  if (label !== undefined) return new TextDecoder(label).decode(bytes);
  try {
    // The end may be cut within a character.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

function markOf([first, second, third]: Uint8Array): string | undefined {
  if (first === 0xef && second === 0xbb && third === 0xbf) return "utf-8";
  if (first === 0xfe && second === 0xff) return "utf-16be";
  return first === 0xff && second === 0xfe ? "utf-16le" : undefined;
}

/** What can be read by these bytes is not UTF-16, whatever it says. */
function labelInPage(bytes: Uint8Array): string | undefined {
  const label = labelIn(new TextDecoder("latin1").decode(bytes.subarray(0, PRESCAN)));
  return label?.startsWith("utf-16") === true ? "utf-8" : label;
}

/** The name of an encoding that is known here. */
function labelIn(text: string): string | undefined {
  const label = declared.exec(text)?.[1];
  try {
    return label === undefined ? undefined : new TextDecoder(label).encoding;
  } catch {
    return undefined;
  }
}
