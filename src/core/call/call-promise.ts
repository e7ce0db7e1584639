import type { DeclaredError, HttpInfo } from "../errors/index.ts";
import { SkylexError, XrpcError } from "../errors/index.ts";
import type { CallResult } from "../pipeline.ts";

/** The outcome of a call as a value. `declared` tells the errors of the endpoint's lexicon from all others. */
export type Result<Data, ErrorName extends string = string> =
  | { readonly ok: true; readonly data: Data; readonly http: HttpInfo }
  | { readonly ok: false; readonly declared: true; readonly error: DeclaredError<ErrorName> }
  | { readonly ok: false; readonly declared: false; readonly error: SkylexError };

/** Runs the call; called once. */
export type Start<Data> = () => Promise<CallResult<Data>>;

/**
 * What every call returns. `await` gives the data; `.withResponse()` gives it together with status, headers, time and URL;
 * `.result()` gives errors as values. All of them share one HTTP call.
 */
export class CallPromise<Data, ErrorName extends string = string> implements Promise<Data> {
  readonly [Symbol.toStringTag]: string = "CallPromise";
  readonly #start: Start<Data>;
  readonly #errors: readonly string[];
  #running: Promise<CallResult<Data>> | undefined;

  constructor(start: Start<Data>, errors: readonly string[] = []) {
    this.#start = start;
    this.#errors = errors;
  }

  /** Starts the call if it has not started. Waiting for the promise does it too. */
  start(): Promise<CallResult<Data>> {
    return (this.#running ??= this.#start());
  }

  /** Starts the call if it has not started, and waits for its data. */
  // oxlint-disable-next-line unicorn/no-thenable -- being awaited is what it is for
  then<Kept = Data, Mended = never>(
    onFulfilled?: ((data: Data) => Kept | PromiseLike<Kept>) | null,
    onRejected?: ((reason: unknown) => Mended | PromiseLike<Mended>) | null,
  ): Promise<Kept | Mended> {
    return this.start()
      .then((result) => result.data)
      .then(onFulfilled, onRejected);
  }

  /** Starts the call if it has not started, and handles its failure. */
  catch<Mended = never>(
    onRejected?: ((reason: unknown) => Mended | PromiseLike<Mended>) | null,
  ): Promise<Data | Mended> {
    return this.then(undefined, onRejected);
  }

  /** Starts the call if it has not started, and runs something at its end, however it ends. */
  finally(onFinally?: (() => void) | null): Promise<Data> {
    return this.then((data) => data).finally(onFinally);
  }

  /** The data together with `http`: status, headers, elapsed milliseconds and URL. */
  async withResponse(): Promise<{ readonly data: Data; readonly http: HttpInfo }> {
    return this.start();
  }

  /** The outcome as a value. Rejects only when the call was aborted. */
  async result(): Promise<Result<Data, ErrorName>> {
    try {
      return { ok: true, ...(await this.start()) };
    } catch (error) {
      if (!(error instanceof SkylexError)) throw error;
      const declared = error instanceof XrpcError && error.error !== undefined && this.#errors.includes(error.error);
      return { ok: false, declared, error } as Result<Data, ErrorName>;
    }
  }
}
