/**
 * What a picture says beside its pixels, read by means of its own: for each format the whole list of its parts, and everywhere the
 * traces that metadata leaves. Shares no code with `src/media`.
 */
export function metadataIn(bytes: Uint8Array): readonly string[] {
  const buffer = Buffer.from(bytes);
  return [...partsOf(buffer), ...tracesIn(buffer)];
}

/** Parts beyond those that pixels, colours and animation need. */
export function partsOf(file: Buffer): readonly string[] {
  if (file.readUInt16BE(0) === 0xffd8) return jpegParts(file);
  if (file.toString("latin1", 1, 4) === "PNG") return pngParts(file);
  if (file.toString("latin1", 8, 12) === "WEBP") return webpParts(file);
  if (file.toString("latin1", 0, 3) === "GIF") return gifParts(file);
  if (file.toString("latin1", 4, 12) === "ftypavif") return avifParts(file);
  throw new Error("the picture has none of the formats that are sent");
}

function jpegParts(file: Buffer): readonly string[] {
  const found: string[] = [];
  let at = 2;
  while (file[at + 1] !== 0xda) {
    if (file[at] !== 0xff) throw new Error(`no marker at ${at}`);
    const marker = file[at + 1] as number;
    const length = file.readUInt16BE(at + 2);
    const name = file.toString("latin1", at + 4, at + 16);
    const isNeeded =
      (marker >= 0xc0 && marker <= 0xdd) ||
      (marker === 0xe0 && name.startsWith("JFIF\0") && length === 16) ||
      (marker === 0xe2 && name.startsWith("ICC_PROFILE")) ||
      (marker === 0xee && name.startsWith("Adobe"));
    if (!isNeeded) found.push(`segment ${marker.toString(16)} ${JSON.stringify(name)}`);
    at += 2 + length;
  }
  // Nothing but tables and scans may follow the first scan, and the end marker is the end.
  if (file.subarray(-2).toString("hex") !== "ffd9") found.push("data behind the end");
  const later = file.subarray(at).toString("latin1");
  if (/\xff[\xe0-\xef\xfe]/.test(later.replaceAll("\xff\0", "  "))) found.push("segments among the scans");
  if (later.indexOf("\xff\xd9") !== later.length - 2) found.push("data behind the end");
  return found;
}

function pngParts(file: Buffer): readonly string[] {
  const types: string[] = [];
  let at = 8;
  for (; at < file.length; at += 12 + file.readUInt32BE(at)) types.push(file.toString("latin1", at + 4, at + 8));
  if (at !== file.length || types.at(-1) !== "IEND") types.push("data behind the end");
  return types.filter(
    (type) => !/^(?:IHDR|PLTE|IDAT|IEND|tRNS|gAMA|cHRM|sRGB|iCCP|cICP|sBIT|bKGD|pHYs|acTL|fcTL|fdAT)$/.test(type),
  );
}

function webpParts(file: Buffer): readonly string[] {
  const found: string[] = [];
  if (file.readUInt32LE(4) + 8 !== file.length) found.push("data behind the end");
  for (let at = 12; at < file.length;) {
    const type = file.toString("latin1", at, at + 4);
    const length = file.readUInt32LE(at + 4);
    if (!/^(?:VP8[ LX]|ALPH|ANIM|ANMF|ICCP)$/.test(type)) found.push(type);
    if (type === "VP8X" && ((file[at + 8] as number) & 0x0c) !== 0) found.push("metadata announced");
    at += 8 + length + (length & 1);
  }
  return found;
}

const table = (flags: number): number => (flags & 0x80 ? 3 << ((flags & 7) + 1) : 0);

function gifParts(file: Buffer): readonly string[] {
  const found: string[] = [];
  let at = 13 + table(file[10] as number);
  const skip = (): void => {
    while (file[at] !== 0) at += (file[at] as number) + 1;
    at++;
  };
  while (file[at] !== 0x3b) {
    if (file[at] === 0x2c) {
      at += 11 + table(file[at + 9] as number);
    } else {
      const label = file[at + 1] as number;
      const name = file.toString("latin1", at + 3, at + 14);
      if (label !== 0xf9 && !(label === 0xff && name === "NETSCAPE2.0")) found.push(`extension ${label.toString(16)}`);
      at += 2;
    }
    skip();
  }
  if (at + 1 !== file.length) found.push("data behind the end");
  return found;
}

/** The kinds of the items, each of which stands behind an `infe` of version 2. */
function avifParts(file: Buffer): readonly string[] {
  const found: string[] = [];
  for (let at = file.indexOf("infe"); at !== -1; at = file.indexOf("infe", at + 4)) {
    const kind = file.toString("latin1", at + 12, at + 16);
    if (kind !== "av01" && kind !== "grid") found.push(`item ${kind}`);
  }
  return found;
}

/** Texts that the fixtures hide in their metadata, and what the formats of metadata begin with. */
const traces = [
  "Exif\0\0",
  "GPS",
  "geheim",
  "ns.adobe.com",
  "x:xmpmeta",
  "Photoshop 3.0",
  "8BIM",
  "MPF\0",
  "PK\x03\x04",
  "<html",
];

const tracesIn = (file: Buffer): readonly string[] => {
  const text = file.toString("latin1");
  return traces.filter((trace) => text.includes(trace));
};
