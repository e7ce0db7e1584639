/** An event that was handed out. */
export interface Handed {
  readonly position: number | undefined;
  /** How many events it stands for */
  readonly events: number;
  /** Tells it from others of its time, where positions are times */
  readonly identity?: string | undefined;
  finished: boolean;
}

/** Everything up to `position` is consumed, `events` more than last time. */
export type Advance = (position: number, events: number, identities: readonly string[]) => void;

/** How far a stream has been consumed without a gap, whatever the order in which its events are finished. */
export class Progress {
  readonly #open: Handed[] = [];
  readonly #advance: Advance;

  constructor(advance: Advance) {
    this.#advance = advance;
  }

  hand(position: number | undefined, identity?: string): Handed {
    const handed = { position, events: 1, identity, finished: false };
    this.#open.push(handed);
    return handed;
  }

  /** A position that nobody waits for. */
  skip(position: number): void {
    if (this.#open.length === 0) return this.#advance(position, 0, []);
    const last = this.#open.at(-1);
    // One entry for all that are left out between two events.
    const merged = last?.finished === true && last.identity === undefined ? this.#open.pop() : undefined;
    this.#open.push({ position, events: merged?.events ?? 0, finished: true });
  }

  finish(handed: Handed): void {
    handed.finished = true;
    let position: number | undefined;
    let events = 0;
    const identities: string[] = [];
    while (this.#open[0]?.finished === true) {
      const first = this.#open.shift();
      position = first?.position ?? position;
      events += first?.events ?? 0;
      if (first?.identity !== undefined) identities.push(first.identity);
    }
    if (position !== undefined) this.#advance(position, events, identities);
  }
}
