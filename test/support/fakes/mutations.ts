import { seededRandom } from "../servers/faults.ts";

/** Numbers from 0 up to, not including, a bound: always the same for a seed. */
export type Chance = (below: number) => number;

/** A failed fuzz test is repeated by the seed it names: `FUZZ_SEED=… npm test`. */
export const fuzzSeed = Number(process.env["FUZZ_SEED"] ?? 20_261_122);

export function chance(seed: number): Chance {
  const random = seededRandom(seed);
  return (below) => Math.floor(random() * below);
}

export const oneOf = <Item>(items: readonly Item[], random: Chance): Item => items[random(items.length)] as Item;

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** What stands where something else should: also names that objects have without being given them. */
const strange: readonly Json[] = [
  null,
  true,
  0,
  -1,
  1.5,
  2 ** 53,
  "",
  "#",
  "x".repeat(300),
  "\uD800",
  "__proto__",
  "constructor",
  "com.example.nothing#nothing",
  [],
  [null],
  {},
  { $link: 1 },
  { $bytes: "?" },
  { type: "ref" },
  { type: "union", refs: "no" },
  { length: -1 },
];
const names = [
  "__proto__",
  "constructor",
  "toString",
  "type",
  "defs",
  "refs",
  "items",
  "properties",
  "$type",
  "",
  "a/b~c",
];

/** A copy of a value with one to three things in it that do not belong there. */
export function mutateJson(original: unknown, random: Chance): unknown {
  const root = { value: structuredClone(original) as Json };
  for (let times = 1 + random(3); times > 0; times--) {
    const places = placesIn(root);
    const { holder, name } = oneOf(places, random);
    const value = Reflect.get(holder, name) as Json;
    switch (random(6)) {
      case 0:
        if (Array.isArray(holder)) holder.splice(Number(name), 1);
        else if (holder !== root) Reflect.deleteProperty(holder, name);
        break;
      case 1:
        if (typeof value === "object" && value !== null && !Array.isArray(value)) {
          // As a parser makes it: a member, also where the name is special.
          Object.defineProperty(value, oneOf(names, random), {
            value: structuredClone(oneOf(strange, random)),
            enumerable: true,
            configurable: true,
            writable: true,
          });
        }
        break;
      case 2: {
        const { holder: other, name: from } = oneOf(places, random);
        set(holder, name, structuredClone(Reflect.get(other, from) as Json));
        break;
      }
      default:
        set(holder, name, structuredClone(oneOf(strange, random)));
    }
  }
  return root.value;
}

function set(holder: object, name: string, value: Json): void {
  Object.defineProperty(holder, name, { value, enumerable: true, configurable: true, writable: true });
}

function placesIn(holder: object): { readonly holder: object; readonly name: string }[] {
  return Object.keys(holder).flatMap((name) => {
    const value: unknown = Reflect.get(holder, name);
    const below = typeof value === "object" && value !== null ? placesIn(value) : [];
    return [{ holder, name }, ...below];
  });
}

const extremes = [
  0x00, 0x01, 0x17, 0x18, 0x1b, 0x3b, 0x5f, 0x7f, 0x80, 0x9b, 0x9f, 0xbb, 0xbf, 0xd8, 0xdb, 0xf6, 0xfb, 0xff,
];

/** A copy of bytes with some of them changed, cut out, doubled, or missing at the end. */
export function mutateBytes(original: Uint8Array, random: Chance): Uint8Array {
  let bytes: Buffer = Buffer.from(original);
  for (let times = 1 + random(4); times > 0 && bytes.length > 0; times--) {
    const at = random(bytes.length);
    switch (random(5)) {
      case 0:
        bytes[at] = random(256);
        break;
      case 1:
        bytes[at] = oneOf(extremes, random);
        break;
      case 2:
        bytes = bytes.subarray(0, at);
        break;
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random(8))]);
        break;
      default:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(random(at + 1))]);
    }
  }
  return new Uint8Array(bytes);
}

/** A copy of a text with pieces changed, moved, doubled or put in. */
export function mutateText(original: string, pieces: readonly string[], random: Chance): string {
  let text = original;
  for (let times = 1 + random(4); times > 0; times--) {
    const at = random(text.length + 1);
    const end = at + random(12);
    const piece = oneOf(pieces, random);
    const middle = random(3) === 0 ? "" : piece.repeat(1 + random(random(8) === 0 ? 40 : 3));
    text = text.slice(0, at) + middle + text.slice(random(2) === 0 ? at : end);
  }
  return text;
}
