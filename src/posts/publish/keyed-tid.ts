import { createHash } from "node:crypto";
import { tidOf } from "../../core/tid.ts";

/**
 * Keys of posts lie in these years, before there was any post of the network, so that nobody takes them for the time of a post, and
 * none of them is ever the key of another record. Microseconds since 1970: 1980, and the 35 years after it
 */
const FIRST = Date.UTC(1980, 0, 1) * 1000;
const BITS = 50;
const CLOCK_BITS = 10;

/**
 * Where the post of a key lies: the same in every process and on every database, so that the server itself takes only one.
 *
 * @param generation how often the key was given to another post before
 */
export function keyedTid(repo: string, key: string, generation: number): string {
  const digest = createHash("sha256")
    .update(JSON.stringify([repo, key, generation]))
    .digest();
  const bits = digest.readBigUInt64BE();
  const time = Number(bits >> BigInt(64 - BITS));
  const clock = Number((bits >> BigInt(64 - BITS - CLOCK_BITS)) & BigInt(2 ** CLOCK_BITS - 1));
  return tidOf(FIRST + time, clock);
}
