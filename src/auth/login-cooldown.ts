import type { Clock } from "../core/clock.ts";
import { AuthenticationError, RateLimitError } from "../core/errors/index.ts";

/** The window in which servers count logins: https://docs.bsky.app/docs/advanced-guides/rate-limits */
const pauseMs = 5 * 60_000;

/** Logins are few: one that was refused is not tried again by itself for five minutes, or until the server's own time. */
export class LoginCooldown {
  readonly #clock: Clock;
  #refusal: { readonly until: number; readonly error: AuthenticationError | RateLimitError } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes how a login failed. */
  refused(error: unknown): void {
    if (!(error instanceof AuthenticationError || error instanceof RateLimitError)) return;
    const asked = error instanceof RateLimitError ? error.resetAt?.getTime() : undefined;
    this.#refusal = { until: asked ?? this.#clock.now() + pauseMs, error };
  }

  end(): void {
    this.#refusal = undefined;
  }

  /** @throws the refusal again, as long as it lasts */
  check(): void {
    if (this.#refusal === undefined) return;
    const { until, error } = this.#refusal;
    if (this.#clock.now() >= until) return this.end();
    const Kind = error.constructor as new (message: string, details: object) => typeof error;
    throw new Kind(
      `${error.message} (not asked again before ${new Date(until).toISOString()} unless client.login() is called)`,
      Object.assign({}, error, { cause: error, retryable: false }),
    );
  }
}
