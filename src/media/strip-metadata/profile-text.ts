import { text, viewOf } from "./pieces.ts";

/**
 * Words that profiles of colour spaces, their makers and their licences are made of. A profile that a device was given says others:
 * what it is called, and whose it is.
 */
const words = new Set(
  (
    "srgb iec iec61966 61966 2 1 0 3 default rgb colour color space www http ch reference viewing condition in conditions " +
    "standard display p3 dci d65 d50 adobe 1998 apple prophoto romm colormatch rec 709 2020 2100 bt bt2020 bt709 itu r hd " +
    "gray grey gamma 22 18 dot gain 20 25 generic profile linear built gimp rt sgry sp3c srgbz c2 c2ci up3 urgb ugry cmyk " +
    "fogra39 fogra27 coated iso v2 v4 icc preference perceptual appearance beta black scaled unspecified copyright c hewlett " +
    "packard company hp inc systems incorporated computer all rights reserved by public domain no use freely cc0 artifex " +
    "software google microsoft corporation facebook saucecontrol international consortium european initiative and the of to 5 " +
    "1996 1997 1999 2000 2001 2003 2004 2006 2007 2009 2010 2012 2013 2014 2015 2016 2017 2018 2019 2021 2022 2023 2024 2025"
  ).split(" "),
);

/** Tags that hold text for people. Section 9.2 of the ICC specification */
const spoken: ReadonlySet<string> = new Set(["desc", "dmnd", "dmdd", "cprt", "vued"]);

/** Records of a text in several languages that are read */
const MOST_LANGUAGES = 200;

/** Whether what a tag says to people names nothing but well-known colours and their makers. */
export function isWellKnown(tag: string, data: Uint8Array): boolean {
  if (!spoken.has(tag)) return true;
  const said = textIn(data);
  return said !== undefined && (said.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).every((word) => words.has(word));
}

/** Text of a `text`, `desc` or `mluc` element; `undefined` for other kinds. Section 10 of the ICC specification */
function textIn(data: Uint8Array): string | undefined {
  if (data.length < 12) return undefined;
  const type = text(data, 0, 4);
  if (type === "text") return plain(data, 8, data.length);
  const view = viewOf(data);
  // The same in other codings may follow; a name in one of them is one, too.
  if (type === "desc") return plain(data, 12, data.length);
  if (type !== "mluc" || data.length < 16) return undefined;
  const count = view.getUint32(8);
  if (count > MOST_LANGUAGES || view.getUint32(12) !== 12 || 16 + count * 12 > data.length) return undefined;
  const said: string[] = [];
  for (let at = 16; at < 16 + count * 12; at += 12) {
    const [length, offset] = [view.getUint32(at + 4), view.getUint32(at + 8)];
    if (offset + length > data.length) return undefined;
    said.push(new TextDecoder("utf-16be").decode(data.subarray(offset, offset + length)));
  }
  return said.join(" ");
}

/** Bytes as Latin-1, those that hold no character as spaces. */
const plain = (data: Uint8Array, start: number, end: number): string =>
  text(data, start, end).replaceAll(/[^\x20-\x7e\u00a0-\u00ff]+/g, " ");
