import type { Received } from "./source.ts";

/** A position that was stored, and what else is known of it. */
export interface Start {
  readonly position: number;
  /** Hashes of the events at `position` and shortly before it that were consumed; empty for positions that count events */
  readonly consumed: ReadonlySet<string>;
  /** Given by hand: nothing at or before it is wanted, and nothing was consumed */
  readonly isManual: boolean;
}

/** Times before which servers may still send events that happened earlier: they mix what they replay with what comes live. */
const DISORDER_US = 5_000_000;
/** Servers that understand both take larger positions for microseconds since 1970: https://github.com/bluesky-social/jetstream */
const SMALLEST_TIME = 1e15;
/** Events whose identity is kept in memory, so that a flood at one time cannot fill it */
const MOST_KEPT = 50_000;
/** A single step of a sequence beyond this is an error of the server: no relay sends as many events in a month. */
const LONGEST_STEP = 1e11;

/**
 * Where one connection ended and the next one begins. Servers send some of what they sent before again, so what an earlier
 * connection delivered is dropped. Nothing else is: on one connection everything is delivered, in whatever order it comes.
 */
export class Border {
  /** What a new connection asks to go on from; undefined: from now on */
  #last: number | undefined;
  #start: Start | undefined;
  /** The position that the connection was asked for, while only what is at or before it came */
  #replayed: number | undefined;
  readonly #hash: (identity: string) => string;
  /** Identities of delivered events with their times, oldest first: those of earlier connections, and of this one */
  #earlier = new Map<string, number>();
  #current = new Map<string, number>();

  constructor(start: Start | undefined, hash: (identity: string) => string) {
    this.#start = start;
    this.#last = start?.position;
    this.#hash = hash;
  }

  /** A position is known that is as good as an event's: the time of connecting to a server that counts time. */
  begin(position: number): boolean {
    if (this.#last !== undefined) return false;
    this.#last = position;
    return true;
  }

  /** What the next connection asks for. Times are asked for a little before the last one, because servers disorder them. */
  next(counts: "events" | "time"): number | undefined {
    for (const [identity, time] of this.#current) this.#earlier.set(identity, time);
    this.#current = new Map();
    this.#replayed = this.#last;
    if (counts === "events" || this.#last === undefined || this.#start?.isManual === true) return this.#last;
    const earlier = this.#last - DISORDER_US;
    return earlier > 0 ? earlier : this.#last;
  }

  /** Whether a step to a position is one that a server can make. */
  isPlausible(position: number, counts: "events" | "time", latest: number): boolean {
    if (!Number.isSafeInteger(position) || position < 0 || position > latest) return false;
    // The first event after the beginning of all may have any number.
    if (counts === "time" || this.#last === undefined || this.#last === 0) return true;
    return position - this.#last <= LONGEST_STEP;
  }

  /** Notes a message. True if an earlier connection, or an earlier run, delivered it. */
  isOld({ position, identity, counts }: Received<unknown>): boolean {
    if (position === undefined) return false;
    const isOld = counts === "time" ? this.#isOldTime(position, identity) : this.#isReplayed(position);
    if (!isOld) {
      this.#last = position;
      this.#start = this.#start?.isManual === true ? undefined : this.#start;
    }
    return isOld;
  }

  /** At the beginning of a connection come events up to the position that was asked for; afterwards nothing is dropped. */
  #isReplayed(position: number): boolean {
    if (this.#replayed === undefined) return false;
    // A stored time says nothing of the sequence numbers that a newer server counts in.
    const isOtherKind = this.#replayed >= SMALLEST_TIME && position < SMALLEST_TIME;
    if (position <= this.#replayed && !isOtherKind) return true;
    this.#replayed = undefined;
    return false;
  }

  #isOldTime(time: number, identity: string | undefined): boolean {
    if (this.#start?.isManual === true && this.#isReplayed(time)) return true;
    if (identity === undefined) return false;
    if (this.#earlier.has(identity)) return true;
    const { position = -1, consumed } = this.#start ?? {};
    if (time <= position && consumed?.has(this.#hash(identity)) === true) return true;
    this.#current.set(identity, time);
    this.#forget(time);
    return false;
  }

  /** Drops what no server sends again. */
  #forget(now: number): void {
    for (const kept of [this.#earlier, this.#current]) {
      for (const [identity, time] of kept) {
        if (time >= now - 2 * DISORDER_US && this.#earlier.size + this.#current.size <= MOST_KEPT) break;
        kept.delete(identity);
      }
    }
  }
}

/** How far before a position consumed events are remembered. */
export const rememberedBefore = (position: number): number => position - DISORDER_US;
