import { Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { TestBsky, TestBsync, TestPds, TestPlc, mockNetworkUtilities, type PdsConfig } from "@atproto/dev-env";
import { freePort } from "./ports.ts";

export interface ServersOptions {
  /** An empty database for the AppView and bsync */
  databaseUrl: string;
  /** Passed to the PDS as they are */
  pds?: Partial<PdsConfig>;
}

export interface Servers {
  plc: TestPlc;
  pds: TestPds;
  appview: TestBsky;
  bsync: TestBsync;
  /** Another PDS, of another provider, on the same directory: started once, when it is first asked for */
  secondPds: () => Promise<TestPds>;
  /** Waits until the AppView has indexed everything written so far */
  processAll: (timeoutMs?: number) => Promise<void>;
  close: () => Promise<void>;
}

/** PLC directory, PDS, AppView and bsync in this process: what the stock test network has, without ozone and Redis. */
export async function startServers(options: ServersOptions): Promise<Servers> {
  const started: { close(): Promise<void> }[] = [];
  const opened = async <T extends { close(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const server = await starting;
    started.unshift(server);
    return server;
  };
  const close = async () => {
    const failed = (await Promise.allSettled(started.map((server) => server.close()))).filter(
      (result) => result.status === "rejected",
    );
    if (failed.length > 0) {
      throw new AggregateError(
        failed.map(({ reason }) => reason as unknown),
        "Test servers did not close; the causes are in `errors`.",
      );
    }
  };
  const restoreListen = listenOnLoopback();
  try {
    // The AppView wants to know where the PDS is, and the PDS where the AppView is.
    const pdsPort = options.pds?.port ?? (await freePort());
    const plc = await opened(TestPlc.create({}));
    // The key and the two schema names are what dev-env's AppView expects of its bsync.
    const bsync = await opened(
      TestBsync.create({ apiKeys: ["bsync-api-key"], dbUrl: options.databaseUrl, dbSchema: "bsync" }),
    );
    const appview = await opened(
      TestBsky.create({
        plcUrl: plc.url,
        pdsPort,
        bsyncUrl: bsync.url,
        repoProvider: `ws://localhost:${pdsPort}`,
        dbPostgresUrl: options.databaseUrl,
        dbPostgresSchema: "appview",
        // Demanded by the type, used by nothing.
        redisHost: "unused",
      }),
    );
    bsync.ctx.dataplaneClients = [appview.ctx.dataplane];
    const pds = await opened(
      TestPds.create({
        didPlcUrl: plc.url,
        bskyAppViewUrl: appview.url,
        bskyAppViewDid: appview.ctx.cfg.serverDid,
        ...options.pds,
        port: pdsPort,
      }),
    );
    // Handles under .test have no DNS: without this the AppView never learns them.
    mockNetworkUtilities(pds, appview);
    let second: Promise<TestPds> | undefined;
    const secondPds = () => (second ??= opened(startSecondPds(plc)));
    return { plc, pds, appview, bsync, secondPds, processAll: (ms) => processAll({ pds, appview, bsync }, ms), close };
  } catch (error) {
    await close();
    throw error;
  } finally {
    restoreListen();
  }
}

/** Its accounts are `*.two.test`, and it calls itself by its port, which a server may do. */
async function startSecondPds(plc: TestPlc): Promise<TestPds> {
  const restoreListen = listenOnLoopback();
  try {
    const port = await freePort();
    const serviceDid = `did:web:localhost%3A${port}`;
    return await TestPds.create({ didPlcUrl: plc.url, port, serviceDid, serviceHandleDomains: [".two.test"] });
  } finally {
    restoreListen();
  }
}

async function processAll(servers: Pick<Servers, "pds" | "appview" | "bsync">, timeoutMs = 20_000): Promise<void> {
  const { pds, appview, bsync } = servers;
  await pds.processAll();
  const last = (await pds.ctx.sequencer.curr()) ?? 0;
  const deadline = Date.now() + timeoutMs;
  // The subscription calls itself done when it has worked off what reached it, which may be before the PDS sent the rest.
  for (;;) {
    await appview.sub.processAll();
    const cursor = appview.sub.getCursor() ?? 0;
    if (cursor >= last) break;
    if (Date.now() > deadline) {
      throw new Error(
        `The AppView indexed up to event ${cursor} of ${last} in ${timeoutMs} ms. If a test stopped its subscription, ` +
          `that test must start it again.`,
      );
    }
    await sleep(5);
  }
  await appview.bsyncSub.processAll(await bsync.getStreamHeads(), timeoutMs);
}

/**
 * The servers have no option for the address they listen on and take all of them, with a published admin password. They
 * only ever pass a port, so a host is put behind it while they start.
 */
export function listenOnLoopback(): () => void {
  const listen: (...given: unknown[]) => Server = Object.getOwnPropertyDescriptor(Server.prototype, "listen")?.value;
  const listenLocally = function (this: Server, ...given: unknown[]): unknown {
    const [port, ...rest] = given;
    const local = typeof port === "number" && typeof rest[0] !== "string" ? [port, "127.0.0.1", ...rest] : given;
    return Reflect.apply(listen, this, local);
  };
  Reflect.set(Server.prototype, "listen", listenLocally);
  return () => {
    Reflect.set(Server.prototype, "listen", listen);
  };
}
