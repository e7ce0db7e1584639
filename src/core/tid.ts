import type { Clock } from "./clock.ts";

const ALPHABET = "234567abcdefghijklmnopqrstuvwxyz";
const CLOCK_IDS = 1024;

/** Where a clock's TIDs have got to. */
interface TidState {
  readonly clockId: number;
  /** Microseconds since 1970 */
  last: number;
}

/** One for all clients that share a clock: no two TIDs of a process are the same. */
const states = new WeakMap<Clock, TidState>();

/**
 * Makes a timestamp identifier: microseconds and a random number that tells processes apart, in base32 that sorts by time, oldest
 * first. https://atproto.com/specs/tid
 */
export function nextTid(clock: Clock, random: () => number): string {
  let state = states.get(clock);
  if (state === undefined) states.set(clock, (state = { clockId: Math.floor(random() * CLOCK_IDS), last: 0 }));
  // Clocks tell milliseconds: what is below them is random, so that processes started together stay apart.
  state.last = Math.max(state.last + 1, clock.now() * 1000 + Math.floor(random() * 1000));
  return tidOf(state.last, state.clockId);
}

/** The TID of a moment, microseconds since 1970, by a clock of a number from 0 to 1,023. */
export const tidOf = (microseconds: number, clockId: number): string => base32(microseconds, 11) + base32(clockId, 2);

/**
 * The TID `steps` microseconds after another. It is always the same, and its clock number is the next one, so that `nextTid` never
 * makes it.
 */
export function laterTid(tid: string, steps: number): string {
  return base32(valueOf(tid.slice(0, 11)) + steps, 11) + base32((valueOf(tid.slice(11)) + 1) % CLOCK_IDS, 2);
}

const valueOf = (text: string): number => Array.from(text).reduce((sum, sign) => sum * 32 + ALPHABET.indexOf(sign), 0);

function base32(value: number, length: number): string {
  let text = "";
  for (let rest = value; text.length < length; rest = Math.floor(rest / 32)) text = (ALPHABET[rest % 32] ?? "") + text;
  return text;
}
