import type { Command } from "commander";
import type { Client, ClientOptions, SessionSummary } from "../index.ts";
import { bareName, plainName } from "../core/identifiers.ts";
import { generalFlags } from "./arguments.ts";
import { interrupt } from "./interrupt.ts";
import { NotAuthenticatedError, noteDatabase, UsageError, warn } from "./print-error.ts";

/** What every command that talks to servers or the database can be told. */
export interface ClientFlags {
  readonly account?: string | false;
  readonly database?: string | false;
  readonly service?: string;
  readonly json?: true;
}

/** Whose account a command needs: `one`, `any` for which none will do, `none`. */
export type Need = "one" | "any" | "none";

/** Options of commands that use the database. */
export function databaseFlags(command: Command): Command {
  return generalFlags(command, (general) =>
    general
      .option(
        "-D, --database <where>",
        "SQLite file or postgres:// URL (default: what the environment says, else skylex.db)",
      )
      .option("--no-database", "keep nothing: no session is found and no call is logged")
      .option("--json", "print JSON, for lists one object a line"),
  );
}

/** Options of commands that call. */
export function clientFlags(command: Command): Command {
  return databaseFlags(
    generalFlags(command, (general) =>
      general
        .option("-a, --account <name>", "account to act for (default: BSKY_AUTH_USERNAME, else the only one logged in)")
        .option("--no-account", "act for nobody")
        .option("-s, --service <url>", "server the account logged in at; without an account, the server to ask"),
    ),
  );
}

const nothing = (): void => undefined;

/** @throws UsageError where a place in a list is to be kept, and nothing is */
export function checkResume(name: string | undefined, { database }: ClientFlags): void {
  if (name === undefined || database !== false) return;
  throw new UsageError("--resume keeps its place in the database, and --no-database leaves none.");
}

/** Options of a client by flags and environment. */
function optionsOf({ database, service }: ClientFlags): ClientOptions {
  const level = process.env["SKYLEX_LOG_LEVEL"];
  return {
    service,
    storage: database,
    // A failed call is told by the command itself.
    ...(!level && { logger: { debug: nothing, info: nothing, warn, error: nothing }, logLevel: "warn" }),
  };
}

/** Opens a client, does the work, and closes it whatever happens, so that rows are written. */
export async function withClient<Value>(
  flags: ClientFlags,
  need: Need,
  work: (client: Client, stored: SessionSummary | undefined) => Promise<Value>,
): Promise<Value> {
  const { Client } = await import("../index.ts");
  const { BSKY_AUTH_USERNAME: configured } = process.env;
  const wanted = need === "none" ? false : flags.account;
  const isOther = typeof wanted === "string" && !!configured && plainName(wanted) !== plainName(configured);
  // Who acts for nobody, or for another account, does not use the one of the environment, nor its password.
  if (wanted === false || isOther) process.env["BSKY_AUTH_USERNAME"] = "";
  const identifier = wanted === false || isOther ? undefined : wanted;
  if (flags.account === false && need === "one") {
    throw new UsageError("This is done for an account, and --no-account leaves none.");
  }
  const client = new Client({ ...optionsOf(flags), identifier });
  try {
    const own = client.with({ signal: interrupt });
    if (isOther) return await work(own.with({ account: wanted }), undefined);
    if (wanted !== undefined || configured) return await work(own, undefined);
    const stored = await onlyAccount(client, need, flags);
    return await work(stored === undefined ? own : own.with({ account: nameOf(stored) }), stored);
  } catch (error) {
    noteDatabase(error, flags.database);
    throw error;
  } finally {
    await client.close();
  }
}

/** The account that is meant where none is named: the only one there is. */
async function onlyAccount(client: Client, need: Need, { service }: ClientFlags): Promise<SessionSummary | undefined> {
  const origin = service === undefined ? {} : { service: originOf(service) };
  const stored = await client.sessions.list(origin);
  if (stored.length === 0 && need === "one") throw new NotAuthenticatedError("Nobody is logged in. Nothing was sent.");
  if (stored.length <= 1) return stored[0];
  if (need === "any") return undefined;
  const names = stored.map(({ handle, did }) => handle ?? did).join(", ");
  throw new UsageError(
    `Several accounts are logged in: ${names}. Choose one with --account, or by BSKY_AUTH_USERNAME.`,
  );
}

/** What finds this session again: what was typed at its login, since what its server says of its account is a claim. */
export const nameOf = ({ identifier, did }: SessionSummary): string => identifier ?? did;

/** @throws UsageError for what is no URL */
export function originOf(service: string): string {
  if (URL.canParse(service) && /^https?:/.test(service)) return new URL(service).origin;
  throw new UsageError(`${JSON.stringify(service)} is no URL of a server. Give one like https://pds.example.com.`);
}

export { bareName, plainName };

/** Where a session is kept, for messages. */
export const placeOf = async (client: Client): Promise<string> => (await client.database.status()).location;
