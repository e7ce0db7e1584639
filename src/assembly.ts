import { AccountView } from "./auth/account-view.ts";
import { Accounts } from "./auth/accounts.ts";
import type { SessionEvents } from "./auth/session-events.ts";
import { Budgets } from "./budget/budgets.ts";
import type { BudgetConfig } from "./budget/options.ts";
import { Pace } from "./budget/pace.ts";
import type { CallerConfig } from "./core/caller.ts";
import { createCall } from "./core/caller.ts";
import type { RecordKeyKind, Vocabulary } from "./core/definition.ts";
import { NotAuthenticatedError } from "./core/errors.ts";
import type { Logger } from "./core/logger.ts";
import { hasNodeTransport, nodeTransport } from "./core/node-transport.ts";
import type { CallRequest, CallResult, Next } from "./core/pipeline.ts";
import type { Services } from "./core/services.ts";
import type { Resume } from "./core/resumed-list.ts";
import type { Transport } from "./core/transport.ts";
import { fetchTransport } from "./core/transport.ts";
import type { ExplainConfig } from "./explain/explain.ts";
import type { Explanation } from "./explain/explanation.ts";
import type { LogParts } from "./log/call-log.ts";
import { openLog } from "./log/index.ts";
import { createRedactor } from "./log/redact.ts";
import { createPipeline } from "./middleware/index.ts";
import type { ClientOptions } from "./options.ts";
import { UploadedFiles } from "./post/uploaded-files.ts";
import { writtenPost } from "./post/written.ts";
import type { RouteConfig } from "./routing/choose.ts";
import { choose } from "./routing/choose.ts";
import type { Route } from "./routing/routes.ts";
import { RouteTable } from "./routing/table.ts";
import type { CursorKey, Storage } from "./storage/ports.ts";
import { Validator } from "./validate/validator.ts";

/** What was settled when the client was made: options checked, the environment read. */
export interface Settings {
  readonly options: ClientOptions;
  readonly vocabulary: Vocabulary;
  readonly caller: Omit<CallerConfig, "handler" | "options">;
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
}

/** What all views of a client share. */
interface Shared {
  readonly handler: Next;
  readonly routing: RouteConfig;
  readonly explaining: ExplainConfig;
  readonly accounts: Accounts;
  readonly storage: Storage;
  readonly log: LogParts;
  readonly logger: Logger;
  readonly services: Services;
  /** Files that are at the server and wait for a record */
  readonly uploaded: UploadedFiles;
  /** What is being done right now, by what it is about */
  readonly underWay: Map<string, Promise<unknown>>;
  readonly close: () => Promise<void>;
}

/** Everything a client needs once it is used: loaded with its first call, so that importing it stays cheap. */
export class Assembly {
  readonly shared: Shared;
  readonly view: AccountView;

  constructor(shared: Shared, view: AccountView) {
    this.shared = shared;
    this.view = view;
  }

  /** Carries a call out as the account of the view. */
  run(request: CallRequest): Promise<CallResult> {
    return this.shared.handler({ ...request, account: this.view.account });
  }

  /** Says what a call would do as the account of the view. */
  async explain(request: CallRequest): Promise<Explanation> {
    const { explain } = await import("./explain/explain.ts");
    const { account, outlook } = await this.view.preview();
    return explain(this.shared.explaining, { ...request, account }, outlook);
  }

  /** Reads a list on as the account of the view. */
  readonly resume: Resume = async (list, name, options) => {
    const { openWalk } = await import("./cursors/open-walk.ts");
    return openWalk(this.shared.storage, await this.cursorOwner(list.request()), list, name, options);
  };

  /** Whose cursors a call goes by, and which server understands them. */
  async cursorOwner(request: CallRequest): Promise<Pick<CursorKey, "account" | "service">> {
    const { account } = this.view;
    const { service, proxy } = await choose(this.shared.routing, request, account);
    const did = account === undefined ? "anonymous" : await account.did(request);
    if (did !== undefined) return { account: did, service: proxy ?? service };
    const { nsid } = request.definition;
    throw new NotAuthenticatedError(
      `${nsid} cannot be resumed: the access token of this client does not say whose it is, and cursors are kept by account. Nothing was sent.`,
      { nsid },
    );
  }

  /** The same as another account. */
  as(account: string): Assembly {
    const { accounts } = this.shared;
    return new Assembly(this.shared, new AccountView(accounts, accounts.manager(account)));
  }
}

/**
 * Puts the parts of a client together. No I/O but the loading of code.
 *
 * @throws StorageError `missing-package` when the driver of the database was left out
 */
export async function assemble(settings: Settings): Promise<Assembly> {
  const { options, vocabulary, caller, logger, service, services, routes, budget, ...identity } = settings;
  const { clock, random } = caller;
  const transport = transportOf(options);
  const storage = await storageOf(options);
  const { parts: log, recorder } = openLog({ storage, clock, logger, ...options.log });
  const routing: RouteConfig = {
    table: new RouteTable(services, routes),
    services,
    service,
    locate: (repo, patience) => accounts.locate(repo, patience),
  };
  const budgets = new Budgets({ config: budget, storage, clock, logger });
  const pace = new Pace(budget, clock, logger);
  const validator = new Validator(vocabulary, logger);
  const keyKind = keyKindsIn(vocabulary);
  const memory = { written: writtenPost, posts: storage.posts };
  const layers = { routing, transport, clock, random, logger, recorder, budgets, pace, keyKind, validator, memory };
  const { send: handler, prepare } = createPipeline(layers);
  const { attemptTimeout, retry, accessToken } = options;
  // Headers of the client may name a proxy or a token, which are for its own calls. What logs in needs no checking.
  const own = { ...caller, options: { attemptTimeout, retry, validate: false } as const };
  const accounts: Accounts = new Accounts({
    ...identity,
    call: createCall({ ...own, handler }),
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
    await accounts.settle();
    validator.drift.flush();
    await log.writer.flush();
    if (storage !== options.storage) await storage.close();
  };
  const explaining = {
    prepare,
    routing,
    redactor: createRedactor(options.log),
    budgets: { config: budget, clock, store: storage.budgets },
  };
  const remembered = { uploaded: new UploadedFiles(), underWay: new Map() };
  return new Assembly(
    { handler, routing, explaining, accounts, storage, log, logger, services, ...remembered, close },
    new AccountView(accounts, accounts.initial),
  );
}

const keyKindsIn =
  (vocabulary: Vocabulary) =>
  (collection: string): RecordKeyKind | undefined => {
    const definition = vocabulary.find(collection);
    return definition?.kind === "record" ? definition.key : undefined;
  };

/** Loads what the storage takes, and no more. */
async function storageOf({ storage: option }: ClientOptions): Promise<Storage> {
  if (option === false) return new (await import("./storage/memory.ts")).MemoryStorage();
  const { createStorage, DatabaseStorage } = await import("./storage/create.ts");
  const storage = createStorage(option);
  if (storage instanceof DatabaseStorage) await storage.loadDriver();
  return storage;
}

/** Node's own client where there is one; it takes a fraction of the CPU. */
function transportOf({ fetch }: ClientOptions): Transport {
  if (fetch === undefined && hasNodeTransport()) return nodeTransport;
  return fetchTransport(fetch ?? ((url, init) => globalThis.fetch(url, init)));
}
