import type { Authority, Procedures, Queries } from "../generated/root.ts";
import { definitions, Root } from "../generated/root.ts";
import { createCall } from "./core/caller.ts";
import type { CallPromise } from "./core/call-promise.ts";
import { systemClock } from "./core/clock.ts";
import type { Definition, Endpoint } from "./core/definition.ts";
import { ValidationError } from "./core/errors.ts";
import { atLevel, parseLogLevel, stderrLogger } from "./core/logger.ts";
import type { Call } from "./core/namespace.ts";
import type { CallOptions } from "./core/options.ts";
import { PagePromise } from "./core/page-promise.ts";
import { parseNsid, parseService } from "./core/syntax.ts";
import type { CallLog } from "./log/call-log.ts";
import { openLog } from "./log/index.ts";
import { createPipeline } from "./middleware/index.ts";
import type { ClientOptions } from "./options.ts";
import { createStorage } from "./storage/create.ts";
import { version } from "./version.ts";

/** An endpoint may be named with or without `xrpc/` before it. */
type Bare<Name extends string> = Name extends `xrpc/${infer Nsid}` ? Nsid : Name;

/** What stands for a name below a known authority that is no endpoint of the kind. */
type Misspelt<Name extends string> =
  `"${Name}" is no such endpoint of the lexicons. If it is newer than they are, call it untyped: "…" as string`;

/** Arguments of an endpoint: those of its method if the name is known, anything if it is any other string. */
type Arguments<Methods, Name extends string, Untyped extends unknown[]> =
  Bare<Name> extends keyof Methods
    ? Methods[Bare<Name>] extends (...args: infer Args) => unknown
      ? Args
      : never
    : Bare<Name> extends `${Authority}.${string}`
      ? [never: Misspelt<Name>]
      : Untyped;

type Answer<Methods, Name extends string, Untyped> =
  Bare<Name> extends keyof Methods
    ? Methods[Bare<Name>] extends (...args: never) => infer Result
      ? Result
      : never
    : Untyped;

/**
 * A client of the AT Protocol: a method for every endpoint of the lexicons, `client.app.bsky.feed.getTimeline()`, and
 * `get`, `post` and `call` beside them. Making one does no I/O.
 *
 * Queries are sent when somebody waits for them; procedures at once.
 *
 * @example
 * const client = new Client();
 * const profile = await client.app.bsky.actor.getProfile({ actor: "bsky.app" });
 */
export class Client extends Root {
  /**
   * Calls a definition, for instance one of `skylex/definitions`: `client.call(appBskyFeedGetTimeline, { limit: 10 })`.
   * Arguments are those of the method: parameters or input first, options second.
   */
  readonly call: Call;
  /** Every call, as a row that can be queried: `bsky_api_call_log` */
  readonly log: CallLog;
  readonly #end: () => Promise<void>;

  constructor(options: ClientOptions = {}) {
    super();
    const { clock = systemClock, random = Math.random, accessToken, headers, timeout, attemptTimeout, retry } = options;
    const fetch = options.fetch ?? ((url, init) => globalThis.fetch(url, init));
    const level = options.logLevel ?? parseLogLevel(process.env["SKYLEX_LOG_LEVEL"]) ?? "warn";
    const logger = atLevel(options.logger ?? stderrLogger(() => clock.now()), level);
    const storage = createStorage(options.storage);
    const { log, recorder } = openLog({ storage, clock, logger, ...options.log });
    this.log = log;
    this.#end = async () => {
      await log.flush();
      if (storage !== options.storage) await storage.close();
    };
    const handler = createPipeline({
      service: options.service === undefined ? undefined : parseService(options.service),
      hasAccount: accessToken !== undefined,
      accessToken,
      fetch,
      clock,
      random,
      logger,
      recorder,
    });
    this.call = createCall({
      handler,
      clock,
      random,
      options: { headers, timeout, attemptTimeout, retry },
      userAgent: options.userAgent ?? `skylex/${version}`,
    });
  }

  /**
   * Calls a query by its NSID. Fully typed when the NSID is a known literal, untyped for any other string; a name below a known
   * authority that the lexicons do not have does not compile.
   *
   * Rejects with `ValidationError` when the NSID is none, or names a procedure.
   */
  get<const Name extends string>(
    nsid: Name,
    ...args: Arguments<Queries, Name, [params?: object, options?: CallOptions]>
  ): Answer<Queries, Name, PagePromise<unknown>>;
  get(nsid: string, params?: object, options?: CallOptions): unknown {
    const definition = endpoint(nsid, "query");
    return definition instanceof ValidationError ? refused(nsid, definition) : this.call(definition, params, options);
  }

  /**
   * Calls a procedure by its NSID. Typed like {@link get}. Bytes are sent as they are, with `options.encoding` as their
   * Content-Type; parameters for the URL go to `options.params`.
   *
   * Rejects with `ValidationError` when the NSID is none, or names a query.
   */
  post<const Name extends string>(
    nsid: Name,
    ...args: Arguments<Procedures, Name, [input?: unknown, options?: CallOptions]>
  ): Answer<Procedures, Name, CallPromise<unknown>>;
  post(nsid: string, input?: unknown, options?: CallOptions): unknown {
    const definition = endpoint(nsid, "procedure");
    return definition instanceof ValidationError ? refused(nsid, definition) : this.call(definition, input, options);
  }

  /** Writes what the log still has to write, and closes the database unless it was given as an object. The client is done. */
  close(): Promise<void> {
    return this.#end();
  }

  /** `await using client = new Client()` closes it at the end of the block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Calls that are refused reject like all others that fail. */
const refused = (nsid: string, error: ValidationError): PagePromise<never> =>
  new PagePromise({ nsid, fetchPage: () => Promise.reject(error), items: undefined, cursor: undefined });

function endpoint<Kind extends "query" | "procedure">(
  name: string,
  kind: Kind,
): Extract<Endpoint, { kind: Kind }> | ValidationError {
  const nsid = parseNsid(name);
  if (nsid === undefined) {
    return new ValidationError(
      `${JSON.stringify(name)} is not the name of an endpoint. Names look like app.bsky.feed.getTimeline. Nothing was sent.`,
      { issues: [{ path: "nsid", message: "not an NSID" }] },
    );
  }
  const definition: Definition = index().get(nsid) ?? { kind, nsid };
  if (definition.kind === kind) return definition as Extract<Endpoint, { kind: Kind }>;
  const use = { query: ": call it with client.get", procedure: ": call it with client.post" } as Record<string, string>;
  return new ValidationError(
    `${nsid} is a ${definition.kind}, not a ${kind}${use[definition.kind] ?? ""}. Nothing was sent.`,
    { nsid, issues: [{ path: "nsid", message: `is a ${definition.kind}` }] },
  );
}

let known: ReadonlyMap<string, Definition> | undefined;

/** The table is made when the first call by name needs it, and is the same for all clients. */
function index(): ReadonlyMap<string, Definition> {
  known ??= new Map(
    definitions.flatMap((module) => Object.values(module)).map((definition) => [definition.nsid, definition]),
  );
  return known;
}
