import type { ComAtprotoLabelSubscribeLabels, Records } from "../../generated/types.ts";
import type { Subscription } from "../core/lexicon/definition.ts";
import { StreamError, ValidationError } from "../core/errors/index.ts";
import { EventStream } from "../core/streams/event-stream.ts";
import type { JetstreamEvent } from "../core/streams/jetstream-events.ts";
import type { Subscribe } from "../core/lexicon/namespace.ts";
import { encodePath, refuse } from "../core/http/request.ts";
import type { StreamOptions } from "../core/streams/stream-options.ts";
import type { StreamCall, StreamContext } from "./index.ts";
import type { JetstreamQuery } from "./jetstream.ts";

/** What streams need of the client, loaded with the first of them. */
export type Lend = () => Promise<StreamContext>;

type Origin = (parts: StreamContext) => string | Promise<string>;

const REPOS = "com.atproto.sync.subscribeRepos";
const JETSTREAM = "jetstream";
const LABELS = "com.atproto.label.subscribeLabels";

/** Bluesky's moderation service: https://docs.bsky.app/docs/advanced-guides/moderation#labelers */
const blueskyModeration = "did:plc:ar7c4by46qjdydhdevvrndac";

/**
 * Milliseconds, for connections without pings, on which silence is all that tells that they are dead: all repositories together are
 * never silent for a minute, labels come when somebody reports something.
 */
const idleTimeouts: Readonly<Record<string, number>> = { [REPOS]: 60_000, [JETSTREAM]: 60_000, [LABELS]: 300_000 };

const withIdleTimeout = (nsid: string, options: StreamOptions): StreamOptions => ({
  ...options,
  idleTimeout: options.idleTimeout ?? (options.heartbeat === false ? idleTimeouts[nsid] : undefined),
});

/** Makes the function under every subscription of the tree. The code for streams is loaded when one is opened. */
export function createSubscribe(lend: Lend): Subscribe {
  const subscribe = (
    { nsid, required = [] }: Subscription,
    params: Params = {},
    options?: StreamOptions,
  ): EventStream<unknown> => {
    const given = params as Readonly<Record<string, unknown>>;
    const missing = required.find((name) => given[name] === undefined || given[name] === null);
    if (missing !== undefined) refuse(nsid, `params.${missing}`, "is missing");
    return subscription(lend, nsid, params, options, ({ services }) => {
      if (nsid === REPOS) return services.relay;
      throw new StreamError(
        `${nsid}: it is not known which server has this stream. Name it: { service: "https://…" }. Nothing was sent.`,
        { nsid },
      );
    });
  };
  return subscribe as unknown as Subscribe;
}

/** Whose labels are wanted, and from where on. */
export interface LabelsQuery {
  /** Handle or DID of the labeler. Default: Bluesky's moderation service */
  readonly labeler?: string | undefined;
  /** Sequence number to go on after; 0 for all labels there are */
  readonly cursor?: number | undefined;
}

/** The labels that labelers give. */
export class Labels {
  readonly #lend: Lend;

  constructor(lend: Lend) {
    this.#lend = lend;
  }

  /** The stream of a labeler's labels, at the server its DID document names. */
  subscribe(
    { labeler = blueskyModeration, ...params }: LabelsQuery = {},
    options?: StreamOptions,
  ): EventStream<ComAtprotoLabelSubscribeLabels.Message, ComAtprotoLabelSubscribeLabels.ErrorName> {
    const origin: Origin = (parts) => parts.labeler(labeler);
    return subscription(this.#lend, LABELS, params, options, origin) as EventStream<never, never>;
  }
}

/** Parameters of a Jetstream. */
export interface JetstreamParams extends JetstreamQuery {
  /** Microseconds since 1970 to go on after */
  readonly cursor?: number | undefined;
}

/** The changes of all repositories as JSON, filtered by the server: https://github.com/bluesky-social/jetstream */
export class Jetstream {
  readonly #lend: Lend;

  constructor(lend: Lend) {
    this.#lend = lend;
  }

  /** The stream of a Jetstream server. Positions are microseconds since 1970; records are not signed and cannot be verified. */
  subscribe(
    { cursor, ...query }: JetstreamParams = {},
    options: Omit<StreamOptions, "collections" | "verify"> = {},
  ): EventStream<JetstreamEvent<Records>, never> {
    const stream = eventStream(this.#lend, cursor, {
      stream: { nsid: JETSTREAM, jetstream: query },
      options: withIdleTimeout(JETSTREAM, options),
      // Servers start with the oldest they have when they are asked for what is older.
      beginning: 1,
      defaultName: JSON.stringify([query.collections?.toSorted(), query.dids?.toSorted()]),
      origin: ({ services }) => services.jetstream,
    });
    return stream as EventStream<never, never>;
  }
}

/** Under whom the positions of a stream are kept when nothing else is said; `undefined` for what is no stream. */
export async function streamOwner(
  nsid: string,
  lend: Lend,
): Promise<{ readonly account: string; readonly service: string } | undefined> {
  if (nsid !== REPOS && nsid !== LABELS && nsid !== JETSTREAM) return undefined;
  const { services, labeler } = await lend();
  const { ANYBODY: account } = await import("./index.ts");
  if (nsid === LABELS) return { account, service: await labeler(blueskyModeration) };
  return { account, service: nsid === REPOS ? services.relay : services.jetstream };
}

interface Params {
  readonly cursor?: unknown;
}

function subscription(
  lend: Lend,
  nsid: string,
  { cursor, ...rest }: Params = {},
  options: StreamOptions = {},
  origin: Origin,
): EventStream<unknown> {
  const query = encodePath(nsid, rest).split("?")[1] ?? "";
  const { collections } = options;
  return eventStream(lend, cursor, {
    stream: { nsid, query },
    options: withIdleTimeout(nsid, options),
    beginning: 0,
    defaultName: `?${query}${collections === undefined ? "" : ` ${collections.toSorted().join(" ")}`}`,
    origin,
  });
}

function eventStream(
  lend: Lend,
  cursor: unknown,
  call: Omit<StreamCall, "start" | "origin"> & { readonly origin: Origin },
): EventStream<unknown> {
  const { nsid } = call.stream;
  const start = position(nsid, cursor);
  return new EventStream({
    nsid,
    manual: start !== undefined,
    open: async (resume, tell) => {
      const [{ openStream }, parts] = await Promise.all([import("./index.ts"), lend()]);
      return openStream(parts, { ...call, start, origin: () => call.origin(parts) }, resume, tell);
    },
  });
}

function position(nsid: string, cursor: unknown): number | undefined {
  if (cursor === undefined || cursor === null) return undefined;
  if (typeof cursor === "number" && Number.isSafeInteger(cursor) && cursor >= 0) return cursor;
  throw new ValidationError(`${nsid}: params.cursor must be a whole number from 0 on. Nothing was sent.`, {
    nsid,
    issues: [{ path: "params.cursor", message: "not a whole number from 0 on" }],
  });
}
