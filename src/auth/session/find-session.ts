import { isDid, isEmail, plainName } from "../../core/identifiers.ts";
import type { SessionSummary } from "../../storage/ports/index.ts";
import type { Session } from "./session.ts";
import type { SessionContext } from "./session-context.ts";

type Context = Pick<SessionContext, "keeper" | "identity" | "service">;

/** The stored session that answers a name, with its tokens. */
export async function findSession(name: string, context: Context): Promise<Session | undefined> {
  const row = await findSummary(name, context);
  return row && context.keeper.read(row);
}

/**
 * The stored session that answers a name: the one place where that is decided. What a row says of its handle and DID was said by
 * the server that its login was sent to, so it is believed only where somebody else says the same: the user who typed the name, or
 * the network. A handle finds a session only while it still belongs to the session's account.
 */
export async function findSummary(name: string, context: Context): Promise<SessionSummary | undefined> {
  const plain = plainName(name);
  const rows = await context.keeper.named(context.service, plain);
  if (rows.length === 0) return undefined;
  const typed = rows.find(({ identifier }) => identifier === plain);
  if (isEmail(plain)) return typed;
  const did = isDid(plain) ? plain : await ownerOf(plain, context);
  // Nobody can be asked now: only what the user typed is left.
  if (did === "unknown") return typed;
  const own = rows.filter((row) => row.did === did);
  const trusted = own.filter(({ identifier }) => identifier === plain || identifier === did);
  const [newest] = trusted.length > 0 || own.length === 0 ? trusted : await atHome(own, context);
  return newest;
}

/** Whose handle it is; nobody's, or unknown where the network cannot be asked. */
async function ownerOf(handle: string, { identity }: Context): Promise<string | undefined> {
  try {
    return await identity.didOf(handle, { brief: true });
  } catch {
    return "unknown";
  }
}

/** Sessions of the server that the account's DID document names, or that the user named. */
async function atHome(
  rows: readonly SessionSummary[],
  { identity, service }: Context,
): Promise<readonly SessionSummary[]> {
  if (service !== undefined) return rows;
  const [{ did } = { did: "" }] = rows;
  const known = await identity.resolve(did).catch(() => undefined);
  return rows.filter(
    (row) => known !== undefined && (row.service === known.pds || row.pdsServiceEndpoint === known.pds),
  );
}
