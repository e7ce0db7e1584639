import { CurrentAccount } from "../auth/current-account.ts";
import { Accounts } from "../auth/accounts.ts";
import type { SessionEvents } from "../auth/session/session-events.ts";
import { Budgets } from "../budget/budgets.ts";
import type { BudgetConfig } from "../budget/options.ts";
import { Pace } from "../budget/pace.ts";
import type { Clock } from "../core/clock.ts";
import type { CallContext } from "../core/call/create-call.ts";
import { createCall } from "../core/call/create-call.ts";
import type { RecordKeyKind, Vocabulary } from "../core/lexicon/definition.ts";
import { NotAuthenticatedError } from "../core/errors/index.ts";
import type { Logger } from "../core/logger.ts";
import { readToken } from "../core/http/token.ts";
import { headersBeside, mergeHeaders } from "../core/http/request.ts";
import { hasNodeTransport, nodeTransport } from "../core/http/node-transport.ts";
import type { CallRequest, CallResult, Next } from "../core/pipeline.ts";
import type { Services } from "../core/services.ts";
import { SharedWork } from "../core/shared-work.ts";
import type { Resume } from "../core/call/resumed-list.ts";
import type { Transport } from "../core/http/transport.ts";
import { fetchTransport } from "../core/http/transport.ts";
import type { ExplainConfig } from "../explain/explain.ts";
import type { Explanation } from "../explain/explanation.ts";
import type { LogContext } from "../log/call-log.ts";
import { openLog } from "../log/index.ts";
import { createRedactor } from "../log/redact.ts";
import type { DidOf } from "../middleware/complete-record-input.ts";
import { createPipeline } from "../middleware/index.ts";
import type { ClientOptions } from "./options.ts";
import { UploadCache } from "../posts/attachments/upload-cache.ts";
import { postRowOf } from "../posts/publish/post-row.ts";
import type { RouteConfig } from "../routing/choose-route.ts";
import { isLoopback } from "../identity/did-document.ts";
import { chooseRoute } from "../routing/choose-route.ts";
import type { Route } from "../routing/route-table.ts";
import { RouteTable } from "../routing/find-route.ts";
import type { CursorKey, Storage } from "../storage/ports/index.ts";
import { Validator } from "../validate/validator.ts";

/** What was settled when the client was made: options checked, the environment read. */
export interface Settings {
  readonly options: ClientOptions;
  readonly vocabulary: Vocabulary;
  readonly caller: Omit<CallContext, "handler" | "options">;
  readonly logger: Logger;
  readonly events: SessionEvents;
  readonly budget: BudgetConfig;
  readonly service: string | undefined;
  readonly services: Services;
  readonly routes: readonly Route[];
  readonly trustedServices: ReadonlySet<string>;
  readonly handleResolver: string | undefined;
  readonly plcDirectory: string | undefined;
  readonly identifier: string | undefined;
  readonly password: string | undefined;
  readonly passwordFrom: string;
}

/** What all views of a client share. */
interface SharedRuntime {
  readonly handler: Next;
  readonly routing: RouteConfig;
  readonly explaining: ExplainConfig;
  readonly accounts: Accounts;
  readonly storage: Storage;
  readonly log: LogContext;
  readonly logger: Logger;
  readonly services: Services;
  /** Files that are at the server and wait for a record */
  readonly uploaded: UploadCache;
  /** What is being done right now, by what it is about */
  readonly sharedWork: SharedWork;
  readonly close: () => Promise<void>;
}

/** Everything a client needs once it is used: loaded with its first call, so that importing it stays cheap. */
export class ClientRuntime {
  readonly shared: SharedRuntime;
  readonly view: CurrentAccount;

  constructor(shared: SharedRuntime, view: CurrentAccount) {
    this.shared = shared;
    this.view = view;
  }

  /** Carries a call out as the account of the view. */
  run(request: CallRequest): Promise<CallResult> {
    return this.shared.handler({ ...request, account: this.view.account });
  }

  /** Refuses a call that the server would refuse, before anything is sent for it. */
  async check(request: CallRequest): Promise<void> {
    await this.shared.explaining.prepare({ ...request, account: this.view.account });
  }

  /** Says what a call would do as the account of the view. */
  async explain(request: CallRequest): Promise<Explanation> {
    const { explain } = await import("../explain/explain.ts");
    const { account, outlook } = await this.view.preview();
    return explain(this.shared.explaining, { ...request, account }, outlook);
  }

  /** Reads a list on as the account of the view. */
  readonly resume: Resume = async (list, name, options) => {
    const { openRun } = await import("../cursors/open-run.ts");
    return openRun(this.shared.storage, await this.cursorOwner(list.request()), list, name, options);
  };

  /** Whose cursors a call goes by, and which server understands them. */
  async cursorOwner(request: CallRequest): Promise<Pick<CursorKey, "account" | "service">> {
    const { account } = this.view;
    const { service, proxy } = await chooseRoute(this.shared.routing, request, account);
    const did = account === undefined ? "anonymous" : await account.did(request);
    if (did !== undefined) return { account: did, service: proxy ?? service };
    const { nsid } = request.definition;
    throw new NotAuthenticatedError(
      `${nsid} cannot be resumed: the access token of this client does not say whose it is, and cursors are kept by account. Nothing was sent.`,
      { nsid },
    );
  }

  /** Whom a server takes a call to be of: `undefined` where it gets no token, or one that does not say whose it is. */
  async viewer(request: CallRequest): Promise<string | undefined> {
    const given = request.headers["authorization"];
    if (given !== undefined) return readToken(given.replace(/^\w+ /, "")).subject;
    const { account } = this.view;
    if (account === undefined) return undefined;
    const { auth } = await chooseRoute(this.shared.routing, request, account);
    return auth === "none" ? undefined : account.did(request);
  }

  /** The DID a handle belongs to; `undefined` if nobody has it */
  async didOf(handle: string): Promise<string | undefined> {
    const { account } = await this.view.preview().catch(() => ({ account: undefined }));
    return this.shared.accounts.didOf(handle, account);
  }

  /** The same as another account. */
  as(account: string): ClientRuntime {
    const { accounts } = this.shared;
    return new ClientRuntime(this.shared, new CurrentAccount(accounts, accounts.manager(account)));
  }
}

/**
 * Puts the parts of a client together. No I/O but the loading of code.
 *
 * @throws StorageError `missing-package` when the driver of the database was left out
 */
export async function createRuntime(settings: Settings): Promise<ClientRuntime> {
  const { options, vocabulary, caller, logger, service, services, routes, budget, ...identity } = settings;
  const { clock, random } = caller;
  const transport = transportOf(options);
  const storage = await storageOf(options, logger);
  const { parts: log, recorder } = openLog({ storage, clock, logger, ...options.log });
  const routing: RouteConfig = {
    table: new RouteTable(services, routes),
    services,
    service,
    clientHeaders: mergeHeaders(options.headers),
    isGuarded: !isLoopback(identity.plcDirectory ?? ""),
    locate: (repo, patience) => accounts.locate(repo, patience),
  };
  const budgets = new Budgets({ config: budget, storage, clock, logger });
  const pace = new Pace(budget, clock, logger);
  const validator = new Validator(vocabulary, logger);
  const keyKind = keyKindsIn(vocabulary);
  const didOf: DidOf = (handle, account) => accounts.didOf(handle, account);
  const memory = { written: postRowOf, posts: storage.posts };
  const layers = {
    routing,
    transport,
    clock,
    random,
    logger,
    recorder,
    budgets,
    pace,
    keyKind,
    didOf,
    validator,
    memory,
  };
  const { send: handler, prepare } = createPipeline(layers);
  const { attemptTimeout, retry, accessToken } = options;
  // What logs in needs no checking. A token or a proxy among the client's headers is for its own calls, others for all to the same hosts.
  const common = { attemptTimeout, retry, validate: false } as const;
  const own = { ...caller, options: { ...common, headers: headersBeside(mergeHeaders(options.headers)) } };
  const accounts: Accounts = new Accounts({
    ...identity,
    call: createCall({ ...own, handler }),
    callStranger: createCall({ ...caller, options: common, handler }),
    callAs: (account) => createCall({ ...own, handler: (request) => handler({ ...request, account }) }),
    store: storage.sessions,
    transport,
    clock,
    logger,
    service,
    services,
    accessToken,
  });
  const close = async (): Promise<void> => {
    // A refresh that is under way is worth waiting for: its new tokens are the only ones.
    if (!(await ends(accounts.settle(), SETTLE_PATIENCE, clock))) {
      logger.warn(`close() did not wait for sessions that could not be stored at ${storage.location} in time.`);
    }
    validator.drift.flush();
    if (!(await ends(log.writer.flush(), FLUSH_PATIENCE, clock))) {
      logger.warn(`close() could not write all calls to the log at ${storage.location} in time.`);
    }
    if (storage !== options.storage) await storage.close();
  };
  const explaining = {
    prepare,
    routing,
    redactor: createRedactor(options.log),
    budgets: { config: budget, clock, store: storage.budgets },
  };
  const remembered = { uploaded: new UploadCache(), sharedWork: new SharedWork() };
  return new ClientRuntime(
    { handler, routing, explaining, accounts, storage, log, logger, services, ...remembered, close },
    new CurrentAccount(accounts, accounts.initial),
  );
}

/** Milliseconds that `close()` waits for sessions, and for the log */
const SETTLE_PATIENCE = 60_000;
const FLUSH_PATIENCE = 10_000;

/** Whether `work` ends in time. It may go on beside what follows. */
async function ends(work: Promise<void>, ms: number, clock: Clock): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const cancel = clock.after(ms, () => late.resolve(false));
  try {
    return await Promise.race([work.then(() => true), late.promise]);
  } finally {
    cancel();
  }
}

const keyKindsIn =
  (vocabulary: Vocabulary) =>
  (collection: string): RecordKeyKind | undefined => {
    const definition = vocabulary.find(collection);
    return definition?.kind === "record" ? definition.key : undefined;
  };

/** Loads what the storage takes, and no more. */
async function storageOf({ storage: option }: ClientOptions, logger: Logger): Promise<Storage> {
  if (option === false) return new (await import("../storage/memory/index.ts")).MemoryStorage();
  const { createStorage, DatabaseStorage } = await import("../storage/create.ts");
  const storage = createStorage(option, { warn: (message) => logger.warn(message) });
  if (storage instanceof DatabaseStorage) await storage.loadDriver();
  return storage;
}

/** Node's own client where there is one; it takes a fraction of the CPU. */
function transportOf({ fetch }: ClientOptions): Transport {
  if (fetch === undefined && hasNodeTransport()) return nodeTransport;
  return fetchTransport(fetch ?? ((url, init) => globalThis.fetch(url, init)));
}
