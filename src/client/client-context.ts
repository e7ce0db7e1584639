import { checkOptions, type OptionKinds } from "../core/call/check-options.ts";
import type { ClientRuntime, Settings } from "./client-runtime.ts";
import type { ClientSession } from "../auth/current-account.ts";
import { SessionEvents } from "../auth/session/session-events.ts";
import type { SessionInfo } from "../auth/session/session.ts";
import { BudgetConfig } from "../budget/options.ts";
import { KnownDefinitions } from "./endpoint-lookup.ts";
import type { CallContext } from "../core/call/create-call.ts";
import { systemClock } from "../core/clock.ts";
import type { Vocabulary } from "../core/lexicon/definition.ts";
import { Lazy } from "../core/lazy.ts";
import { atLevel, parseLogLevel, stderrLogger } from "../core/logger.ts";
import type { CallOptions } from "../core/call/options.ts";
import type { CallRequest } from "../core/pipeline.ts";
import { copyRequest } from "../core/call/input.ts";
import { readServices } from "../core/services.ts";
import { parseService } from "../core/identifiers.ts";
import { CallLog } from "../log/call-log.ts";
import type { MediaOptions } from "../media/options.ts";
import type { ClientOptions, ViewOptions } from "./options.ts";
import { readRoutes } from "../routing/custom-routes.ts";
import type { StreamContext } from "../streams/index.ts";
import { version } from "../version.ts";

/** What a client holds before its first call. */
export class ClientContext {
  /** The client's own, which its views share */
  readonly root: Lazy<ClientRuntime>;
  /** The view's */
  readonly runtime: Lazy<ClientRuntime>;
  readonly callContext: CallContext;
  readonly events: SessionEvents;
  readonly log: CallLog;
  readonly media: MediaOptions;
  readonly vocabulary: Vocabulary;
  readonly budget: BudgetConfig;

  constructor(
    shared: Pick<ClientContext, "root" | "events" | "log" | "media" | "vocabulary" | "budget">,
    assembly: Lazy<ClientRuntime>,
    caller: Omit<CallContext, "handler" | "resume">,
  ) {
    this.root = shared.root;
    this.events = shared.events;
    this.log = shared.log;
    this.media = shared.media;
    this.vocabulary = shared.vocabulary;
    this.budget = shared.budget;
    this.runtime = assembly;
    this.callContext = {
      ...caller,
      handler: (request) => {
        if (assembly.now !== undefined) return assembly.now.run(request);
        // What was given may be changed by its owner while the first call waits for its code.
        const taken = copied(request);
        return assembly.get().then((loaded) => loaded.run(taken));
      },
      resume: async (list, name, options) => (await assembly.get()).resume(list, name, options),
    };
  }

  /** What streams need of the client, loaded with the first of them */
  async streams(): Promise<StreamContext> {
    const { clock, random, userAgent, options } = this.callContext;
    const { storage, logger, services, accounts } = (await this.root.get()).shared;
    return {
      clock,
      random,
      userAgent,
      options,
      logger,
      stores: storage,
      services,
      labeler: (name) => accounts.labeler(name),
    };
  }

  /** A view: as another account if one is named, with other options. */
  view(account: string | undefined, options: CallOptions): ClientContext {
    const { root, runtime: assembly, callContext: caller } = this;
    const own = account === undefined ? assembly : new Lazy(async () => (await root.get()).as(account));
    return new ClientContext(this, own, { ...caller, options });
  }
}

/** Input that has no wire form is left to the layer that refuses it, where the log sees it. */
function copied(request: CallRequest): CallRequest {
  try {
    return copyRequest(request);
  } catch {
    return request;
  }
}

/**
 * Checks the options of a client and reads what the environment says of accounts and messages. Everything else is loaded
 * with the first call.
 *
 * @throws ValidationError for a service that is no URL or DID, and a route that leads nowhere
 */
export function createContext(options: ClientOptions): ClientContext {
  checkOptions(options, clientOptionKinds, "new Client()");
  const { clock = systemClock, random = Math.random } = options;
  const level = options.logLevel ?? parseLogLevel(process.env["SKYLEX_LOG_LEVEL"]) ?? "warn";
  const logger = atLevel(options.logger ?? stderrLogger(() => clock.now()), level);
  const origin = (name: "service" | "handleResolver" | "plcDirectory"): string | undefined =>
    options[name] === undefined ? undefined : parseService(options[name], name);
  const caller = { clock, random, userAgent: options.userAgent ?? `skylex/${version}` };
  const vocabulary = new KnownDefinitions();
  const settings: Settings = {
    options,
    vocabulary,
    caller,
    logger,
    events: new SessionEvents(logger),
    budget: new BudgetConfig(options.budget),
    service: origin("service"),
    trustedServices: new Set(options.trustedServices?.map((one) => parseService(one, "trustedServices"))),
    services: readServices(options.services),
    routes: readRoutes(options.routes),
    handleResolver: origin("handleResolver"),
    plcDirectory: origin("plcDirectory"),
    identifier: options.identifier ?? (process.env["BSKY_AUTH_USERNAME"] || undefined),
    password: options.password ?? (process.env["BSKY_AUTH_PASSWORD"] || undefined),
    passwordFrom: options.password === undefined ? "BSKY_AUTH_PASSWORD" : "new Client({ password })",
  };
  const root = new Lazy(async () => (await import("./client-runtime.ts")).createRuntime(settings));
  const log = new CallLog(
    {
      get now() {
        return root.now?.shared.log;
      },
      get: async () => (await root.get()).shared.log,
    },
    clock,
  );
  const { events, budget } = settings;
  const shared = { root, log, events, media: options.media ?? {}, vocabulary, budget };
  const { headers, labelers, timeout, attemptTimeout, retry, validate } = options;
  const ofCalls = { headers, labelers, timeout, attemptTimeout, retry, validate };
  return new ClientContext(shared, root, { ...caller, options: ofCalls });
}

/** The session of a client that may not have been used yet. */
export class LazySession implements ClientSession {
  readonly #assembly: Lazy<ClientRuntime>;

  constructor(assembly: Lazy<ClientRuntime>) {
    this.#assembly = assembly;
  }

  get info(): SessionInfo | undefined {
    return this.#assembly.now?.view.info;
  }

  async export(): Promise<string> {
    return (await this.#assembly.get()).view.export();
  }

  async import(session: string): Promise<SessionInfo> {
    return (await this.#assembly.get()).view.import(session);
  }
}

const validate = { input: "flag", params: "flag", output: "any" } as const;
const retry = {
  attempts: "count",
  baseDelay: "milliseconds",
  maxDelay: "milliseconds",
  maxWait: "milliseconds",
  decide: "function",
} as const;

/** What is checked closer where it is read is `any` here. */
export const clientOptionKinds: OptionKinds<ClientOptions> = {
  service: "any",
  identifier: "text",
  password: "text",
  accessToken: "text",
  trustedServices: "list",
  services: "any",
  routes: "list",
  labelers: "list",
  handleResolver: "any",
  plcDirectory: "any",
  headers: "any",
  userAgent: "text",
  timeout: "milliseconds",
  attemptTimeout: "milliseconds",
  retry,
  validate,
  storage: "any",
  log: "any",
  media: "any",
  budget: "any",
  logger: "any",
  logLevel: "text",
  fetch: "function",
  clock: "any",
  random: "function",
};

export const viewOptionKinds: OptionKinds<ViewOptions> = {
  account: "text",
  service: "any",
  proxy: "any",
  labelers: "list",
  headers: "any",
  signal: "any",
  timeout: "milliseconds",
  validate,
  budget: "any",
};
