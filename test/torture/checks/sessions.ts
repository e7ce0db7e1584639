import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "../../../src/index.ts";
import { createStorage } from "../../../src/storage/create.ts";
import type { Account } from "../../support/servers/accounts.ts";
import type { Case, Request, StoreCase, Verdict, Violation } from "./case.ts";
import { grouped } from "./case.ts";

/** Time in which a process that has an answer stores it. */
const STORING_MS = 2000;

/** One login an account, no refresh token used up twice, and every session still good. */
export async function checkSessions(given: Case): Promise<Verdict> {
  const violations: Violation[] = [];
  const figures = { accounts: 0, logins: 0, refreshes: 0 };
  for (const one of given.stores) {
    for (const account of one.store.accounts) {
      const own = judge(given, one, account);
      figures.accounts++;
      figures.logins += own.logins;
      violations.push(...own.violations);
    }
    const refreshes = one.requests.filter(({ entry }) => entry.nsid === "com.atproto.server.refreshSession");
    figures.refreshes += refreshes.length;
    violations.push(...judgeRefreshes(refreshes), ...(await useAll(given, one)));
  }
  return { violations, figures };
}

function judge({ evidence }: Case, { requests, tables }: StoreCase, account: Account) {
  const violations: Violation[] = [];
  const mine = requests.filter(
    ({ entry }) => entry.nsid === "com.atproto.server.createSession" && String(entry.body).includes(account.handle),
  );
  // Nobody is killed before all are logged in, and who logs in waits until that is stored.
  const logins = mine.filter(isAnswered).length;
  if (logins !== 1) violations.push(broken(`${account.handle} was logged in ${logins} times`, account.did));
  const rows = tables.sessions.filter(({ did }) => did === account.did);
  if (rows.length !== 1 || rows[0]?.["exception"] !== null)
    violations.push(
      broken(`${account.did} has ${rows.length} sessions: ${String(rows[0]?.["exception"])}`, account.did),
    );
  const refused = requests.filter(
    ({ did, entry }) =>
      did === account.did &&
      entry.nsid.endsWith(".refreshSession") &&
      (entry.serverStatus ?? 200) >= 400 &&
      entry.serverStatus !== 429,
  );
  if (refused.length > 0)
    violations.push(broken(`the server refused ${refused.length} refreshes of ${account.did} itself`, account.did));
  // Nobody but the workers has sessions here.
  if (evidence.witness.sessions.every(({ did }) => did !== account.did))
    violations.push(broken(`no session of ${account.did} was ever seen`, account.did));
  return { violations, logins };
}

const isAnswered = ({ entry }: Request): boolean =>
  entry.serverStatus === 200 && entry.abandoned !== true && (entry.fault === undefined || entry.fault === "delay");

/** The answer came, and its process lived on to store it. */
const isUsed = (request: Request): boolean =>
  isAnswered(request) &&
  (request.kill === undefined || (request.entry.endedAt ?? Infinity) + STORING_MS < request.kill.aliveAt);

/** A refresh token that was turned in, and whose successor is known, is not turned in again. */
function judgeRefreshes(refreshes: readonly Request[]): Violation[] {
  const byToken = grouped(refreshes, ({ entry }) => entry.headers.authorization ?? "");
  return [...byToken.values()].flatMap((uses) => {
    const used = uses.filter(isUsed);
    if (used.length < 2) return [];
    const who = used.map(({ slot, life }) => `${slot}.${life}`).join(" and ");
    return [
      broken(
        `one refresh token of ${used[0]?.did} was used ${used.length} times, by workers ${who}`,
        used[0]?.did ?? "",
      ),
    ];
  });
}

/** Each session is used once more by somebody who has no password: refused first, so that its refresh token must be good, too. */
async function useAll({ evidence }: Case, { store }: StoreCase): Promise<Violation[]> {
  process.env["BSKY_SESSION_KEY"] = evidence.sessionKey;
  const storage = createStorage(store.database);
  const violations: Violation[] = [];
  for (const { did, handle } of store.accounts) {
    const client = new Client({
      storage,
      service: evidence.proxy.url,
      plcDirectory: evidence.directory,
      identifier: handle,
      userAgent: "torture checks",
      logLevel: "silent",
    });
    evidence.proxy.next({ nsid: "getSession" }, { kind: "status", status: 400, error: "ExpiredToken" });
    try {
      const session = await client.com.atproto.server.getSession();
      if (session.did !== did) violations.push(broken(`the session of ${did} is one of ${session.did}`, did));
    } catch (error) {
      violations.push(broken(`the session of ${did} does not work any more: ${String(error)}`, did));
    }
    await sleep(0);
    await client.close();
  }
  delete process.env["BSKY_SESSION_KEY"];
  await storage.close();
  return violations;
}

const broken = (what: string, did: string): Violation => ({
  rule: "no session is lost",
  what,
  look: `bsky_session and the rows of com.atproto.server.* of ${did}`,
});
