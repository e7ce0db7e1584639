import { AccountView } from "./auth/account-view.ts";
import { Accounts } from "./auth/accounts.ts";
import type { CallerConfig } from "./core/caller.ts";
import { createCall } from "./core/caller.ts";
import type { Clock } from "./core/clock.ts";
import { systemClock } from "./core/clock.ts";
import { atLevel, parseLogLevel, stderrLogger } from "./core/logger.ts";
import { hasNodeTransport, nodeTransport } from "./core/node-transport.ts";
import { parseService } from "./core/syntax.ts";
import type { Transport } from "./core/transport.ts";
import { fetchTransport } from "./core/transport.ts";
import type { CallLog } from "./log/call-log.ts";
import { openLog } from "./log/index.ts";
import { createPipeline } from "./middleware/index.ts";
import type { ClientOptions } from "./options.ts";
import { createStorage } from "./storage/create.ts";
import type { Storage } from "./storage/ports.ts";
import { version } from "./version.ts";

/** What a client and all its views share. */
export interface Shared {
  readonly accounts: Accounts;
  readonly storage: Storage;
  readonly log: CallLog;
  readonly clock: Clock;
  readonly close: () => Promise<void>;
}

/** A client's parts: what it shares with its views, and what is its own. */
export class Assembly {
  readonly shared: Shared;
  readonly view: AccountView;
  readonly caller: CallerConfig;

  constructor(shared: Shared, view: AccountView, caller: Omit<CallerConfig, "account">) {
    this.shared = shared;
    this.view = view;
    this.caller = { ...caller, account: () => view.account };
  }
}

/** Puts a client together from its options. No I/O. */
export function assemble(options: ClientOptions): Assembly {
  const { clock = systemClock, random = Math.random, accessToken, headers, timeout, attemptTimeout, retry } = options;
  const transport = transportOf(options);
  const level = options.logLevel ?? parseLogLevel(process.env["SKYLEX_LOG_LEVEL"]) ?? "warn";
  const logger = atLevel(options.logger ?? stderrLogger(() => clock.now()), level);
  const origin = (name: "service" | "handleResolver" | "plcDirectory"): string | undefined =>
    options[name] === undefined ? undefined : parseService(options[name], name);
  const service = origin("service");
  const storage = createStorage(options.storage);
  const { log, recorder } = openLog({ storage, clock, logger, ...options.log });
  const handler = createPipeline({ service, transport, clock, random, logger, recorder });
  const caller = { handler, clock, random, userAgent: options.userAgent ?? `skylex/${version}` };
  const accounts = new Accounts({
    // Headers of the client may name a proxy or a token, which are for its own calls.
    call: createCall({ ...caller, options: { attemptTimeout, retry } }),
    store: storage.sessions,
    transport,
    clock,
    logger,
    service,
    trustedServices: new Set(options.trustedServices?.map((one) => parseService(one, "trustedServices"))),
    handleResolver: origin("handleResolver"),
    plcDirectory: origin("plcDirectory"),
    identifier: options.identifier ?? (process.env["BSKY_AUTH_USERNAME"] || undefined),
    password: options.password ?? (process.env["BSKY_AUTH_PASSWORD"] || undefined),
    accessToken,
  });
  const close = async (): Promise<void> => {
    await accounts.settle();
    await log.flush();
    if (storage !== options.storage) await storage.close();
  };
  return new Assembly({ accounts, storage, log, clock, close }, new AccountView(accounts, accounts.initial), {
    ...caller,
    options: { headers, timeout, attemptTimeout, retry },
  });
}

/** Node's own client where there is one; it takes a fraction of the CPU. */
function transportOf({ fetch }: ClientOptions): Transport {
  if (fetch === undefined && hasNodeTransport()) return nodeTransport;
  return fetchTransport(fetch ?? ((url, init) => globalThis.fetch(url, init)));
}
