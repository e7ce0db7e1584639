import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { signUp, type Account } from "../support/servers/accounts.ts";
import { startFaultProxy, type FaultProxy } from "../support/servers/fault-proxy.ts";
import { createDatabase } from "../support/servers/postgres.ts";
import { startNetwork, type Network } from "../support/servers/start.ts";
import { xrpc } from "../support/servers/xrpc.ts";
import { startDirectory } from "../network/auth/directory.ts";
import { faultPlan } from "./plan.ts";
import { END, type Lane, LANES, TALLY, TALLY_KEY } from "./settings.ts";
import { Witness } from "./witness.ts";

/** One of the databases, with the accounts that are known there. */
export interface Store {
  readonly kind: "sqlite" | "postgresql";
  /** For `createStorage`: a file or URL */
  readonly database: string;
  readonly accounts: readonly Account[];
  readonly lanes: readonly Lane[];
  /** Workers on it */
  readonly slots: readonly number[];
}

/** A worker that was killed. */
export interface Kill {
  readonly slot: number;
  readonly life: number;
  /** Milliseconds since 1970 */
  readonly at: number;
  /** When it had last had its turn, by its own word */
  readonly aliveAt: number;
}

/** Everything that is left of a run, for the checks to look at. */
export interface Evidence {
  readonly network: Network;
  readonly proxy: FaultProxy;
  readonly directory: string;
  readonly witness: Witness;
  readonly stores: readonly Store[];
  readonly kills: Kill[];
  /** Journals, what readers were given, memory, and what processes printed */
  readonly folder: string;
  readonly sessionKey: string;
  /** Whether requests fail */
  faults: boolean;
  /** Ends the servers; the folder may be kept */
  close(keep?: boolean): Promise<void>;
}

const DATABASES = 2;
export const WORKERS = DATABASES * LANES;
const ACCOUNTS = 20;
export const PICTURE = fileURLToPath(new URL("../support/fixtures/images/clean.png", import.meta.url));

/** Servers, accounts and databases; the proxy stands where everybody believes the PDS to be. */
export async function openEvidence(seed: number): Promise<Evidence> {
  const folder = await mkdtemp(join(tmpdir(), "skylex-torture-"));
  const network = await startNetwork({ pds: { rateLimitsEnabled: true } });
  const witness = new Witness();
  const state = { faults: false };
  const plan = faultPlan(() => state.faults);
  const proxy = await startFaultProxy(network.pds, { plan, seed, witness: witness.look });
  const directory = await startDirectory(proxy.url);
  const postgres = await createDatabase(network.postgresUrl);
  const databases = [
    { kind: "sqlite", database: join(folder, "torture.db") },
    { kind: "postgresql", database: postgres.url },
  ] as const;
  const accounts: Account[] = [];
  for (let count = 0; count < ACCOUNTS; count++) accounts.push(await openAccount(network.pds, witness));
  const stores = databases.map((database, index): Store => {
    const own = accounts.slice((index * ACCOUNTS) / DATABASES, ((index + 1) * ACCOUNTS) / DATABASES);
    const slots = Array.from({ length: LANES }, (_, at) => index * LANES + at);
    const lanes = slots.map((slot, at) => {
      const { did, handle } = own[at] as Account;
      return { slot, did, handle, collection: `com.example.torture.lane${slot}` };
    });
    return { ...database, accounts: own, slots, lanes };
  });
  const sessionKey = randomBytes(32).toString("hex");
  witness.secrets.set(sessionKey, "the key of sessions");
  return Object.assign(state, {
    network,
    proxy,
    directory: directory.url,
    witness,
    stores,
    kills: [],
    folder,
    sessionKey,
    async close(keep = false) {
      await Promise.all([proxy.close(), directory.close(), postgres.drop()]);
      await network.close();
      if (!keep) await rm(folder, { recursive: true, force: true });
    },
  });
}

/** The last record of all, by somebody else: what the others have spent is counted. */
export async function writeEnd({ network }: Evidence): Promise<void> {
  const { did: repo, accessJwt } = await signUp(network.pds);
  await write(network.pds, accessJwt, { repo, collection: END, record: { $type: END } });
}

async function write(pds: string, token: string, body: object): Promise<void> {
  const { status, text } = await xrpc(pds, "com.atproto.repo.createRecord", { token, body });
  if (status !== 200) throw new Error(`A record could not be written: ${status} ${text}`);
}

async function openAccount(pds: string, witness: Witness): Promise<Account> {
  const account = await signUp(pds);
  witness.secrets.set(account.password, `the password of ${account.handle}`);
  const record = { $type: TALLY, marks: [] };
  await write(pds, account.accessJwt, { repo: account.did, collection: TALLY, rkey: TALLY_KEY, record });
  return account;
}
