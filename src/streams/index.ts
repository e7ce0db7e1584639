import type { Clock } from "../core/clock.ts";
import type { Notify, StreamResume, StreamRun } from "../core/streams/event-stream.ts";
import { checkNumbers } from "../core/streams/event-stream.ts";
import { SkylexError } from "../core/errors/index.ts";
import type { CallOptions } from "../core/call/options.ts";
import type { Logger } from "../core/logger.ts";
import { mergeHeaders, sentHeaders } from "../core/http/request.ts";
import type { StreamOptions } from "../core/streams/stream-options.ts";
import type { Services } from "../core/services.ts";
import { parseService } from "../core/identifiers.ts";
import type { Start } from "./border.ts";
import type { CheckpointStores } from "./checkpoint.ts";
import { Checkpoint } from "./checkpoint.ts";
import type { JetstreamQuery } from "./jetstream.ts";
import { jetstreamSource } from "./jetstream.ts";
import { Run } from "./run.ts";
import type { Source } from "./source.ts";
import { subscriptionSource, wanting } from "./source.ts";

/** What a client lends to its streams. */
export interface StreamContext {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly userAgent: string;
  readonly stores: CheckpointStores;
  readonly services: Services;
  /** What the client, or its view, says of all its calls */
  readonly options: Pick<CallOptions, "service" | "headers" | "signal">;
  /** Origin of the server an account serves its labels at */
  readonly labeler: (name: string) => Promise<string>;
}

/** Which stream: one of the lexicons, with the parameters of its URL, or a Jetstream. */
export type StreamName =
  | { readonly nsid: string; readonly query: string }
  | { readonly nsid: string; readonly jetstream: JetstreamQuery };

/** One stream, ready to be opened. */
export interface StreamCall {
  readonly stream: StreamName;
  readonly options: StreamOptions;
  /** Where to begin, given by hand */
  readonly start: number | undefined;
  /** The position before all others */
  readonly beginning: number;
  /** Name of the position when none is given */
  readonly defaultName: string;
  /** The server when the options name none */
  readonly origin: () => string | Promise<string>;
}

/** Opens a stream: takes its position, if it has one, and connects when the first event is asked for. */
export async function openStream(
  { clock, random, logger, userAgent, stores, options: ofAllCalls }: StreamContext,
  { stream, options: given, start, beginning, defaultName, origin }: StreamCall,
  resume: StreamResume | undefined,
  notify: Notify,
): Promise<StreamRun<unknown>> {
  checkOptions(stream.nsid, given);
  const options = merged(ofAllCalls, given);
  const source = sourceOf(stream, options);
  const named = options.service === undefined ? undefined : parseService(options.service, "options.service");
  let checkpoint: Checkpoint | undefined;
  if (resume !== undefined) {
    // A position belongs to the server that counts it.
    const service = named ?? (await origin());
    const key = { account: ANYBODY, service, endpoint: `xrpc/${source.nsid}`, key: resume.name ?? defaultName };
    checkpoint = await Checkpoint.take(stores, key, resume, clock);
  }
  return new Run({
    source,
    options,
    headers: sentHeaders(mergeHeaders({ "user-agent": userAgent }, ofAllCalls.headers, given.headers)),
    origin: named === undefined ? origin : () => named,
    start:
      startOf(start, true) ??
      checkpoint?.start ??
      startOf(resume?.start === "beginning" ? beginning : undefined, false),
    checkpoint,
    clock,
    random,
    tell: (name, notice) => {
      logger.info(`${source.nsid}: ${name} ${describe(notice)}`);
      notify(name, notice, logger);
    },
  });
}

/** Options of the stream over those of the client. The signal of a view ends its streams also where they have their own. */
function merged(client: StreamContext["options"], stream: StreamOptions): StreamOptions {
  const signals = [client.signal, stream.signal].filter((signal) => signal !== undefined);
  return {
    ...stream,
    service: stream.service ?? client.service,
    signal: signals.length > 1 ? AbortSignal.any(signals) : signals[0],
  };
}

const startOf = (position: number | undefined, isManual: boolean): Start | undefined =>
  position === undefined ? undefined : { position, consumed: new Set(), isManual };

/** @throws ValidationError */
function checkOptions(nsid: string, { idleTimeout, heartbeat, highWaterMark, reconnect }: StreamOptions): void {
  checkNumbers(
    nsid,
    "options",
    { idleTimeout, heartbeat, highWaterMark },
    { idleTimeout: 1, heartbeat: 1, highWaterMark: 1 },
  );
  const waits = { baseDelay: 0, maxDelay: 0, healthyAfter: 0, attempts: 1 };
  if (reconnect) checkNumbers(nsid, "options.reconnect", { ...reconnect, attempts: finite(reconnect.attempts) }, waits);
}

/** `Infinity` is as good as no limit. */
const finite = (attempts: number | undefined): number | undefined => (attempts === Infinity ? undefined : attempts);

function sourceOf(stream: StreamName, { collections, verify = false }: StreamOptions): Source<unknown> {
  if ("jetstream" in stream) return jetstreamSource(stream.jetstream);
  return subscriptionSource(stream.nsid, stream.query, { wants: wanting(collections), verify });
}

/** Streams are public: nobody's account is behind them. */
export const ANYBODY = "anonymous";

function describe(notice: object): string {
  return Object.entries(notice)
    .map(([name, value]) => `${name}=${value instanceof SkylexError ? value.message : String(value)}`)
    .join(" ");
}
