import type { Command } from "commander";
import type { Client, LoginOptions, SessionInfo, SessionSummary } from "../../index.ts";
import { examples } from "../arguments.ts";
import { type ClientFlags, databaseFlags, originOf, placeOf, plainName, withClient } from "../client.ts";
import { print, printJson } from "../output.ts";
import { UsageError } from "../print-error.ts";
import { ask, readInput } from "../prompt.ts";

interface LoginFlags extends Omit<ClientFlags, "account"> {
  readonly passwordStdin?: true;
  readonly code?: string;
  readonly fresh?: true;
}

export function define(command: Command): void {
  databaseFlags(
    command
      .argument("[name]", "handle, DID or e-mail address (default: BSKY_AUTH_USERNAME, else it is asked for)")
      .option("-s, --service <url>", "server to log in at (default: the account's own)")
      .option("--password-stdin", "read the password from standard input")
      .option("--code <code>", "the code from the server's e-mail, for accounts that want one")
      .option("--fresh", "log in although a session is stored"),
  ).action(login);
  command.addHelpText(
    "after",
    `
The password is asked for, or read from BSKY_AUTH_PASSWORD or standard input; best is an app password. It is not stored: the
session is, and with BSKY_SESSION_KEY its tokens are encrypted.`,
  );
  examples(command, [
    ["skylex login alice.bsky.social", "asks for the password, and the code if there is one"],
    ["pass show bsky | skylex login alice.bsky.social --password-stdin", ""],
    ["skylex login alice@example.com --service https://pds.example.com", ""],
  ]);
}

async function login(given: string | undefined, flags: LoginFlags): Promise<void> {
  if (flags.database === false)
    throw new UsageError("login stores a session, and --no-database leaves nothing to store it in.");
  const { BSKY_AUTH_USERNAME: named, BSKY_AUTH_PASSWORD: password } = process.env;
  const name = given ?? (named || (await ask("Handle, DID or e-mail address")));
  // The password of the environment is that of the account of the environment.
  const isOwn = !named || plainName(named) === plainName(name);
  await withClient({ ...flags, account: name }, "one", async (client) => {
    const stored =
      flags.fresh === true || flags.code !== undefined ? undefined : find(await client.sessions.list(), name, flags);
    if (stored !== undefined && (await isTaken(client))) {
      await tellOf(stored, await placeOf(client), flags, "is logged in already (--fresh logs in anew)");
      return;
    }
    const secret = flags.passwordStdin
      ? (await readInput()).replace(/\r?\n$/, "")
      : (isOwn && password) || (await ask("Password", { hidden: true }));
    if (secret === "") throw new UsageError("The password is empty. Nothing was sent.");
    const attempt = (options: LoginOptions): Promise<SessionInfo> =>
      client.login(name, secret, { ...options, fresh: true });
    const session = await attempt({ authFactorToken: flags.code }).catch(async (error: unknown) => {
      if (!(error instanceof Error) || error.name !== "AuthFactorTokenRequiredError" || !process.stdin.isTTY)
        throw error;
      return attempt({ authFactorToken: (await ask("Code from the e-mail")).trim() });
    });
    await tellOf(session, await placeOf(client), flags, "is logged in");
  });
}

/** Milliseconds that the server may take to say whether it takes a session */
const PATIENCE = 10_000;
const lost: ReadonlySet<unknown> = new Set(["SessionError", "NotAuthenticatedError", "AuthenticationError"]);

/** Whether the server takes the stored session. Where it cannot be asked now, nothing speaks against it. */
async function isTaken(client: Client): Promise<boolean> {
  try {
    await client.com.atproto.server.getSession({}, { timeout: PATIENCE, retry: false });
    return true;
  } catch (error) {
    const { name, code } = error as { readonly name?: unknown; readonly code?: unknown };
    return !lost.has(name) && code !== "wrong-key" && code !== "missing-key";
  }
}

function find(sessions: readonly SessionSummary[], name: string, { service }: LoginFlags): SessionSummary | undefined {
  const plain = plainName(name);
  return sessions.find(
    ({ did, handle, identifier, service: at }) =>
      [did, handle, identifier].includes(plain) && (service === undefined || originOf(service) === at),
  );
}

async function tellOf(
  session: SessionInfo | SessionSummary,
  place: string,
  { json }: LoginFlags,
  what: string,
): Promise<void> {
  const { did, handle, service } = session;
  if (json) return printJson({ did, handle, service, storedIn: place });
  const sealed = process.env["BSKY_SESSION_KEY"] ? "" : " as it is; BSKY_SESSION_KEY would encrypt it";
  await print(`${handle ?? did} (${did}) ${what} at ${service}. The session is stored in ${place}${sealed}.`);
}
