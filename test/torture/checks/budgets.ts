import { xrpc } from "../../support/servers/xrpc.ts";
import type { Account } from "../../support/servers/accounts.ts";
import type { Case, Request, StoreCase, Verdict, Violation } from "./case.ts";
import { grouped, sum } from "./case.ts";
import { keyOfRequest, keyOfRow, unheardOf } from "./keys.ts";
import type { Row } from "./tables.ts";

/** Written down here once more, so that a mistake in the SDK's own table is found. */
const COSTS: Readonly<Record<string, number>> = {
  "com.atproto.repo.createRecord": 3,
  "com.atproto.repo.putRecord": 2,
  "com.atproto.repo.deleteRecord": 1,
  "com.atproto.repo.applyWrites#create": 3,
  "com.atproto.repo.applyWrites#update": 2,
  "com.atproto.repo.applyWrites#delete": 1,
};

/** What a server charges for a request that reaches it; nothing for a token that it does not take. */
function pointsOf({ entry }: Request): number {
  if (entry.refusal === "ExpiredToken") return 0;
  if (entry.nsid !== "com.atproto.repo.applyWrites") return COSTS[entry.nsid] ?? 0;
  const { writes } = JSON.parse(String(entry.body)) as { readonly writes: readonly { readonly $type: string }[] };
  return sum(writes.map(({ $type }) => COSTS[$type] ?? 0));
}

/** Points and uploads that are booked are those that were sent; more only for what a kill cut off on its way. */
export async function checkBudgets(given: Case): Promise<Verdict> {
  const violations: Violation[] = [];
  const figures = { pointsBooked: 0, pointsSent: 0, pointsOfKilled: 0, pointsAtServer: 0 };
  for (const one of given.stores) {
    for (const account of one.store.accounts) {
      const points = judge(one, `write ${account.did}`, (request) =>
        request.did === account.did ? pointsOf(request) : 0,
      );
      const uploads = judge(one, `upload ${account.did}`, ({ did, entry }) =>
        did === account.did && entry.nsid === "com.atproto.repo.uploadBlob" && entry.refusal !== "ExpiredToken" ? 1 : 0,
      );
      violations.push(...points.violations, ...uploads.violations);
      figures.pointsBooked += points.booked;
      figures.pointsSent += points.sent;
      figures.pointsOfKilled += points.booked - points.sent;
    }
    const { violations: atServer, points } = await askServer(given, one);
    violations.push(...atServer);
    figures.pointsAtServer += points;
  }
  return { violations, figures };
}

interface Judged {
  readonly violations: readonly Violation[];
  readonly booked: number;
  readonly sent: number;
}

function judge({ tables, requests }: StoreCase, budget: string, costOf: (request: Request) => number): Judged {
  const violations: Violation[] = [];
  const rows = tables.calls.filter((row) => row["budget_key"] === budget);
  const booked = sum(rows.map((row) => Number(row["budget_points"])));
  const sent = sum(requests.map(costOf));
  // A killed process may have booked one attempt that it did not come to send.
  const cutOff = sum(rows.map((row) => costOfAttempt(row) * (row["state"] === "reserved" ? 1 : unheardOf(row))));
  if (booked < sent || booked > sent + cutOff) {
    const what = `${budget}: ${booked} are booked, ${sent} were sent, and kills and timeouts account for ${cutOff} at most`;
    violations.push(broken(`${what}. They differ in ${differences(rows, requests, costOf).join(", ")}`, budget));
  }
  for (const { seconds, used } of tables.budgets.filter((row) => row["budget_key"] === budget)) {
    if (Number(used) !== booked)
      violations.push(
        broken(`${budget}: the window of ${String(seconds)} s has ${String(used)}, its rows ${booked}`, budget),
      );
  }
  return { violations, booked, sent };
}

/** Calls whose rows have other points than were sent. */
function differences(
  rows: readonly Row[],
  requests: readonly Request[],
  costOf: (request: Request) => number,
): string[] {
  const booked = grouped(rows, keyOfRow);
  const sent = grouped(
    requests.filter((request) => costOf(request) > 0),
    keyOfRequest,
  );
  return [...new Set([...booked.keys(), ...sent.keys()])].flatMap((key) => {
    const points = sum((booked.get(key) ?? []).map((row) => Number(row["budget_points"])));
    const cost = sum((sent.get(key) ?? []).map(costOf));
    return points === cost ? [] : `${key} (${points} booked, ${cost} sent)`;
  });
}

function costOfAttempt({ endpoint, budget_points: all }: Row): number {
  return COSTS[String(endpoint).replace("xrpc/", "")] ?? Number(all);
}

const broken = (what: string, budget: string): Violation => ({
  rule: "budgets are exact",
  what,
  look: `select * from bsky_api_call_log where budget_key = '${budget}'`,
});

const HOUR = { limit: 5000, policy: "5000;w=3600" };
const TALLY_POINTS = 3;

/**
 * Asks the server's own limiter what the busiest account has used. It names the window with the fewest left, so points are spent
 * on nothing until that is the hour's.
 */
async function askServer({ evidence }: Case, { store, requests }: StoreCase) {
  const reached = (account: Account): number =>
    sum(requests.filter(({ did, entry }) => did === account.did && entry.serverStatus !== undefined).map(pointsOf));
  const account = store.accounts.toSorted((one, other) => reached(other) - reached(one))[0] as Account;
  const points = reached(account);
  const nothing = { $type: "com.atproto.repo.applyWrites#delete", collection: "com.example.nothing", rkey: "nothing" };
  for (let spent = 0; spent < HOUR.limit;) {
    spent += 200;
    const { headers } = await xrpc(evidence.network.pds, "com.atproto.repo.applyWrites", {
      token: account.accessJwt,
      headers: { "x-forwarded-for": "10.0.1.2" },
      body: { repo: account.did, writes: Array.from({ length: 200 }, () => nothing) },
    });
    if (headers.get("ratelimit-policy") !== HOUR.policy) continue;
    const used = HOUR.limit - Number(headers.get("ratelimit-remaining")) - spent - TALLY_POINTS;
    const isExact = used === points || Number(headers.get("ratelimit-remaining")) === 0;
    const violations = isExact
      ? []
      : [
          broken(
            `the server counts ${used} points of ${account.did}, and ${points} reached it`,
            `write ${account.did}`,
          ),
        ];
    return { violations, points: used };
  }
  return { violations: [broken(`the server does not say what ${account.did} has used`, "")], points: 0 };
}
