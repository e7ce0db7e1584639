import type { HttpInfo } from "../core/errors/index.ts";
import { SkylexError } from "../core/errors/index.ts";
import type { ResponseHeaders } from "../core/http/transport.ts";
import type { Issue } from "../core/lexicon/issue.ts";
import type { CallRequest, CallResult } from "../core/pipeline.ts";
import type { CallInput } from "../storage/ports/index.ts";
import { cleaner, finishedRow, isExpected, nameOf, reservedRow, textOf, type RowStyle } from "./row.ts";
import type { CallWriter } from "./writer.ts";

/** How a failed call is told: the line for the logger, and where its row is. */
export interface Failure {
  /** `<status> <class> - <text>`, no status if no answer came */
  readonly line: string;
  /** Row of the call; undefined if it is not stored */
  readonly id: number | undefined;
  /** The caller said that it may end so: it is not an error to report */
  readonly isExpected: boolean;
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
    // Of a call that was answered at once nothing is kept that a server could have put a secret into.
    const clean = request.trace.attempts.some(({ error }) => error !== undefined) ? this.#cleaner(request) : asItIs;
    const row = this.#safely(() => finishedRow(request, { ok: true, result }, this.#style, clean));
    if (row === undefined) return undefined;
    const reserved = this.#reserved.get(request.trace);
    if (reserved !== undefined) return this.#writer.finish(reserved, row);
    this.#writer.add(row);
    return undefined;
  }

  async failed(request: CallRequest, error: unknown): Promise<Failure> {
    const clean = this.#cleaner(request);
    const row = this.#safely(() => finishedRow(request, { ok: false, error }, this.#style, clean));
    cleanError(error, clean);
    const reserved = this.#reserved.get(request.trace);
    const id = row && (await (reserved ? this.#writer.finish(reserved, row) : this.#writer.insert(row)));
    if (id !== undefined) request.trace.logId = id;
    const status = request.trace.attempts.at(-1)?.http?.status;
    const line = `${status === undefined ? "" : `${status} `}${nameOf(error, clean)} - ${clean(textOf(error))}`;
    return { line, id, isExpected: isExpected(request, error) };
  }

  #cleaner(request: CallRequest): (text: string) => string {
    return this.#safely(() => cleaner(request, this.#style.redactor)) ?? this.#style.redactor.text;
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

const asItIs = (text: string): string => text;

/** A server that repeats a secret must not bring it into what a program prints when it prints the error, or the cause of it. */
function cleanError(error: unknown, clean: (text: string) => string): void {
  if (!(error instanceof SkylexError)) return;
  let inner: unknown = error;
  for (let depth = 0; inner instanceof Error && depth < CAUSES; depth++, inner = inner.cause) {
    cleanText(inner, clean);
    cleanFields(inner, clean);
  }
  // Nobody sees what is deeper than anybody would look.
  if (inner instanceof Error) cutOff(error);
}

/** What else of an error shows a response: its body, the name it gave, and the URL, which has the parameters of a query. */
function cleanFields(error: Error, clean: (text: string) => string): void {
  const fields = error as {
    http?: HttpInfo | undefined;
    headers?: ResponseHeaders | undefined;
    body?: string | undefined;
    error?: string | undefined;
    issues?: readonly Issue[] | undefined;
  };
  if (typeof fields.body === "string") change(fields, "body", clean(fields.body));
  if (typeof fields.error === "string") change(fields, "error", nameOf(error, clean));
  const { http, issues } = fields;
  if (Array.isArray(issues)) {
    change(
      fields,
      "issues",
      issues.map((issue) => ({ ...issue, message: clean(issue.message) })),
    );
  }
  if (http === undefined || typeof http.url !== "string") return;
  const headers = cleanHeaders(http.headers, clean);
  change(fields, "http", { ...http, url: clean(http.url), headers });
  if (fields.headers !== undefined) change(fields, "headers", headers);
}

/** The same headers where nothing in them has to go. */
function cleanHeaders(headers: ResponseHeaders, clean: (text: string) => string): ResponseHeaders {
  const entries = [...headers].map(([name, value]) => [name, value, clean(value)] as const);
  if (entries.every(([, value, kept]) => value === kept)) return headers;
  const kept = new Map(entries.map(([name, , value]) => [name.toLowerCase(), value]));
  return {
    get: (name) => kept.get(name.toLowerCase()) ?? null,
    has: (name) => kept.has(name.toLowerCase()),
    [Symbol.iterator]: () => kept[Symbol.iterator](),
  };
}

function change<Fields extends object, Name extends keyof Fields>(
  fields: Fields,
  name: Name,
  value: Fields[Name],
): void {
  if (fields[name] === value) return;
  try {
    fields[name] = value;
  } catch {
    // An error that cannot be changed is not one of ours, and so shows no response.
  }
}

function cutOff(error: Error): void {
  let inner: unknown = error;
  for (let depth = 1; inner instanceof Error && depth < CAUSES; depth++) inner = inner.cause;
  if (inner instanceof Error) inner.cause = undefined;
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
