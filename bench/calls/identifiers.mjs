/** Identifiers that are right in form, down to the multihash: peers that validate look closely. */
import { createHash } from "node:crypto";

const base32 = "abcdefghijklmnopqrstuvwxyz234567";
const base32Sortable = "234567abcdefghijklmnopqrstuvwxyz";
const sha256 = (text) => createHash("sha256").update(text).digest();

function inBase32(bytes) {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return bits.replaceAll(/.{1,5}/g, (group) => base32[Number.parseInt(group.padEnd(5, "0"), 2)]);
}

const dagCbor = 0x71;
const raw = 0x55;

const anyCid = (seed, codec) => `b${inBase32([1, codec, 0x12, 0x20, ...sha256(seed)])}`;

export const cid = (seed) => anyCid(seed, dagCbor);
export const blobCid = (seed) => anyCid(seed, raw);
export const did = (number) => `did:plc:${inBase32(sha256(`account ${number}`)).slice(0, 24)}`;
export const date = (number) => new Date(1_750_000_000_000 - number * 61_000).toISOString();

/** A record key as servers make them: a time, sortable as text. */
export function tid(number) {
  let rest = (BigInt(1_750_000_000_000_000 + number * 1_234_567) << 10n) | 7n;
  let text = "";
  for (let place = 0; place < 13; place++, rest >>= 5n) text = base32Sortable[Number(rest & 31n)] + text;
  return text;
}

export const uri = (collection, account, number) => `at://${did(account)}/${collection}/${tid(number)}`;
