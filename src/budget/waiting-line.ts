import type { Clock } from "../core/clock.ts";
import type { BudgetGrant, BudgetRefusal } from "../storage/ports/index.ts";
import type { ClaimAnswer } from "./claims.ts";

/** A call that waits for room in its budget. */
export interface WaitingCall {
  /** Asks storage */
  readonly claim: () => Promise<ClaimAnswer>;
  /** Gives back what was granted to nobody */
  readonly release: (grant: BudgetGrant) => void;
  /** Why it waits: when it would fit if it were the first. `undefined` if that cannot be found out. Never rejects */
  readonly refusal: Promise<BudgetRefusal | undefined>;
  /** Waits no longer than until this moment */
  readonly until: number;
  readonly signal: AbortSignal | undefined;
}

interface Waiter extends WaitingCall {
  known: BudgetRefusal | undefined;
  readonly resolve: (answer: ClaimAnswer) => void;
  readonly reject: (reason: unknown) => void;
  readonly leave: () => void;
}

/**
 * The calls of one budget that wait, first come, first served: only the first one asks storage, when there should be room for it,
 * so that small calls never keep a large one out for ever.
 */
export class WaitingLine {
  readonly #clock: Clock;
  readonly #waiters: Waiter[] = [];
  #last: BudgetRefusal;
  #isRunning = false;
  /** The first one asks at once: the one before it left, and there may be room for it */
  #asksNow = false;
  #wake: (() => void) | undefined;

  constructor(clock: Clock, refusal: BudgetRefusal) {
    this.#clock = clock;
    this.#last = refusal;
  }

  get isEmpty(): boolean {
    return this.#waiters.length === 0;
  }

  /** When the first one asks next */
  get freeAt(): number {
    return this.#last.freeAt ?? this.#clock.now();
  }

  /** Resolves with a grant, or with the last refusal when the time is up. Rejects with the signal's reason, or as storage does. */
  join(call: WaitingCall): Promise<ClaimAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<ClaimAnswer>();
    const onAbort = (): void => {
      leave();
      reject(call.signal?.reason);
    };
    const onTime = (): void => {
      const refusal = this.#refusalOf(waiter);
      leave();
      resolve(refusal);
    };
    const cancel = Number.isFinite(call.until)
      ? this.#clock.after(Math.max(0, call.until - this.#clock.now()), onTime)
      : () => undefined;
    const leave = (): void => {
      cancel();
      call.signal?.removeEventListener("abort", onAbort);
      const place = this.#waiters.indexOf(waiter);
      if (place >= 0) this.#waiters.splice(place, 1);
      if (place !== 0) return;
      this.#asksNow = true;
      this.#wake?.();
    };
    const waiter: Waiter = { ...call, known: undefined, resolve, reject, leave };
    this.#waiters.push(waiter);
    void this.#leaveIfHopeless(waiter);
    call.signal?.addEventListener("abort", onAbort, { once: true });
    if (call.signal?.aborted === true) onAbort();
    if (!this.#isRunning) void this.#serve();
    return promise;
  }

  async #leaveIfHopeless(waiter: Waiter): Promise<void> {
    const refusal = await waiter.refusal;
    waiter.known = refusal;
    if (refusal === undefined || !this.#waiters.includes(waiter)) return;
    if (refusal.freeAt !== null && refusal.freeAt <= waiter.until) return;
    waiter.leave();
    waiter.resolve(refusal);
  }

  /** What a waiter is told whose time is up: its own shortage, and that others come first. */
  #refusalOf({ known }: Waiter): BudgetRefusal {
    if (known === undefined) return this.#last;
    return { ...known, freeAt: known.freeAt === null ? null : Math.max(known.freeAt, this.freeAt) };
  }

  async #serve(): Promise<void> {
    this.#isRunning = true;
    for (let first = this.#waiters[0]; first !== undefined; first = this.#waiters[0]) {
      await this.#rest(first);
      if (first !== this.#waiters[0]) continue;
      try {
        await this.#ask(first);
      } catch (error) {
        first.leave();
        first.reject(error);
      }
    }
    this.#isRunning = false;
  }

  async #ask(first: Waiter): Promise<void> {
    const answer = await first.claim();
    const isGone = first !== this.#waiters[0];
    if ("id" in answer) {
      if (isGone) return first.release(answer);
    } else if (isGone) return;
    else {
      this.#last = answer;
      first.known = answer;
      if (answer.freeAt !== null && answer.freeAt <= first.until) return;
    }
    first.leave();
    first.resolve(answer);
  }

  /** Until there should be room, or the first one leaves. */
  #rest(first: Waiter): Promise<void> {
    const ms = this.#asksNow ? 0 : Math.min(this.freeAt, first.until) - this.#clock.now();
    this.#asksNow = false;
    if (ms <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#clock.after(ms, () => this.#wake?.());
      this.#wake = () => {
        cancel();
        this.#wake = undefined;
        resolve();
      };
    });
  }
}
