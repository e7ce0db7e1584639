import type { HttpInfo } from "../core/errors/index.ts";
import { SkylexError } from "../core/errors/index.ts";
import type { CallRequest, CallResult } from "../core/pipeline.ts";
import type { CallInput } from "../storage/ports/index.ts";
import { className, cleaner, finishedRow, reservedRow, textOf, type RowStyle } from "./row.ts";
import type { CallWriter } from "./writer.ts";

/** How a failed call is told: the line for the logger, and where its row is. */
export interface Failure {
  /** `<status> <class> - <text>`, no status if no answer came */
  readonly line: string;
  /** Row of the call; undefined if it is not stored */
  readonly id: number | undefined;
}

/** What the layers tell the log. No method rejects. */
export interface CallRecorder {
  /** Stores the row of a write before it is sent, unless it has one. */
  reserve(request: CallRequest): Promise<void>;
  /** The row of a write that is about to be sent, for who stores it in another way; undefined for input that cannot be read */
  draft(request: CallRequest): CallInput | undefined;
  /** The row of a write was stored in another way. */
  adopt(request: CallRequest, id: number): void;
  /** A call had its answer. The promise is there for writes only: their row is complete then. */
  succeeded(request: CallRequest, result: CallResult): Promise<unknown> | undefined;
  /** A call failed or was aborted. Takes secrets out of the error, which has its row's id afterwards. */
  failed(request: CallRequest, error: unknown): Promise<Failure>;
}

/** Causes of causes that are looked at */
const CAUSES = 8;

/** Writes down each call in one row. */
export class Recorder implements CallRecorder {
  readonly #writer: CallWriter;
  readonly #style: RowStyle;
  readonly #reserved = new WeakMap<CallRequest["trace"], Promise<number | undefined>>();

  constructor(writer: CallWriter, style: RowStyle) {
    this.#writer = writer;
    this.#style = style;
  }

  async reserve(request: CallRequest): Promise<void> {
    const { trace } = request;
    const row = this.#reserved.has(trace) ? undefined : this.draft(request);
    if (row === undefined) return;
    const { id, ready } = this.#writer.reserve(row);
    this.#reserved.set(trace, id);
    const note = async (): Promise<void> => {
      const stored = await id;
      if (stored !== undefined) trace.logId = stored;
    };
    void note();
    await ready;
  }

  draft(request: CallRequest): CallInput | undefined {
    return this.#safely(() => reservedRow(request, this.#style));
  }

  adopt({ trace }: CallRequest, id: number): void {
    trace.logId = id;
    this.#reserved.set(trace, Promise.resolve(id));
  }

  succeeded(request: CallRequest, result: CallResult): Promise<unknown> | undefined {
    const row = this.#safely(() => finishedRow(request, { ok: true, result }, this.#style));
    if (row === undefined) return undefined;
    const reserved = this.#reserved.get(request.trace);
    if (reserved !== undefined) return this.#writer.finish(reserved, row);
    this.#writer.add(row);
    return undefined;
  }

  async failed(request: CallRequest, error: unknown): Promise<Failure> {
    const clean = this.#safely(() => cleaner(request, this.#style.redactor)) ?? this.#style.redactor.text;
    const row = this.#safely(() => finishedRow(request, { ok: false, error, clean }, this.#style));
    cleanError(error, clean);
    const reserved = this.#reserved.get(request.trace);
    const id = row && (await (reserved ? this.#writer.finish(reserved, row) : this.#writer.insert(row)));
    if (id !== undefined) request.trace.logId = id;
    const status = request.trace.attempts.at(-1)?.http?.status;
    return { line: `${status === undefined ? "" : `${status} `}${className(error)} - ${clean(textOf(error))}`, id };
  }

  /** What users pass in may have getters that throw: the call says so, not the log. */
  #safely<Value>(work: () => Value): Value | undefined {
    try {
      return work();
    } catch {
      this.#writer.lost++;
      return undefined;
    }
  }
}

/** A server that repeats a secret must not bring it into what a program prints when it prints the error. */
function cleanError(error: unknown, clean: (text: string) => string): void {
  if (!(error instanceof SkylexError)) return;
  let inner: unknown = error;
  for (let depth = 0; inner instanceof Error && depth < CAUSES; depth++, inner = inner.cause) cleanText(inner, clean);
  const { http, body } = error as { readonly http?: HttpInfo; readonly body?: string };
  const writable = error as unknown as { http: HttpInfo; body: string };
  if (body !== undefined) writable.body = clean(body);
  // Parameters of a read stand in its URL.
  if (http !== undefined) writable.http = { ...http, url: clean(http.url) };
}

/** A header that cannot be sent is quoted by the platform's own error. */
function cleanText(error: Error, clean: (text: string) => string): void {
  const message = clean(error.message);
  if (message === error.message) return;
  try {
    if (error.stack !== undefined) error.stack = error.stack.replaceAll(error.message, message);
    error.message = message;
  } catch {
    // Some errors of the platform cannot be changed; none of those quotes what was sent.
  }
}
