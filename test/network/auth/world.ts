import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject } from "vitest";
import { Client, type ClientOptions } from "../../../src/index.ts";
import { createStorage } from "../../../src/storage/create.ts";
import type { Storage } from "../../../src/storage/ports/index.ts";
import { signUp, type Account } from "../../support/servers/accounts.ts";
import { startFaultProxy, type FaultProxy } from "../../support/servers/fault-proxy.ts";
import { createDatabase } from "../../support/servers/postgres.ts";
import { forgeAccessToken } from "../../support/servers/tokens.ts";
import { startDirectory } from "./directory.ts";

export const kinds = ["sqlite", "postgresql"] as const;
export type Kind = (typeof kinds)[number];

/** A database, the PDS behind a proxy, and a directory that knows the proxy only. */
export interface World {
  readonly proxy: FaultProxy;
  readonly directory: string;
  /** For `createStorage`: a file or URL */
  readonly database: string;
  readonly storage: Storage;
  /** Makes an account at the PDS, past the proxy */
  join(): Promise<Account>;
  /** Puts a session into the database, by default one whose access token has expired */
  store(account: Account, tokens?: { readonly accessJwt?: string; readonly refreshJwt?: string }): Promise<void>;
  client(account: Account | undefined, options?: ClientOptions): Client;
  /** How often the PDS was asked for something */
  count(nsid: string): number;
  close(): Promise<void>;
}

/** The server calls a token expired while this clock does not: then only its answer can tell. */
export const lateClock = {
  now: () => Date.now() - 3_600_000,
  after(ms: number, callback: () => void): () => void {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

export async function openWorld(kind: Kind): Promise<World> {
  const network = inject("network");
  const proxy = await startFaultProxy(network.pds);
  const directory = await startDirectory(proxy.url);
  const folder = mkdtempSync(join(tmpdir(), "skylex-sessions-"));
  const postgres = kind === "postgresql" ? await createDatabase(network.postgresUrl) : undefined;
  const database = postgres?.url ?? join(folder, "sessions.db");
  const storage = createStorage(database, { leaseMs: 1000, env: {} });
  return {
    proxy,
    directory: directory.url,
    database,
    storage,
    join: () => signUp(network.pds),
    async store({ did, handle, refreshJwt }, tokens = {}) {
      const accessJwt = forgeAccessToken({ did, pdsDid: network.pdsDid });
      const own = { accessJwt, refreshJwt, ...tokens };
      await storage.sessions.save({ service: proxy.url, did, handle, ...own, createMethod: "create" });
    },
    client: (account, options = {}) =>
      new Client({
        service: proxy.url,
        plcDirectory: directory.url,
        storage,
        logLevel: "silent",
        identifier: account?.handle,
        password: account?.password,
        ...options,
      }),
    count: (nsid) => proxy.log.filter((entry) => entry.nsid === `com.atproto.server.${nsid}`).length,
    async close() {
      await storage.close();
      await postgres?.drop();
      await Promise.all([proxy.close(), directory.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
