import type { Evidence } from "../evidence.ts";
import { checkBudgets } from "./budgets.ts";
import { checkCalls } from "./calls.ts";
import type { Case, Verdict, Violation } from "./case.ts";
import { openCase } from "./case.ts";
import { checkCursors } from "./cursors.ts";
import { checkMemory } from "./memory.ts";
import { checkRecords } from "./records.ts";
import { checkSecrets } from "./secrets.ts";
import { checkSessions } from "./sessions.ts";

/** What workers have complained of themselves: errors of the wrong kind, records that changed, sessions that were lost. */
function checkComplaints({ stores }: Case): Verdict {
  const violations = stores.flatMap(({ histories }) =>
    [...histories].flatMap(([slot, { complaints }]) =>
      complaints.map((what): Violation => ({ rule: "calls end as they promise", what, look: `worker ${slot}` })),
    ),
  );
  return { violations, figures: {} };
}

/** The last one spends points and refreshes sessions itself, so it comes after those who count. */
const checks: readonly ((given: Case) => Verdict | Promise<Verdict>)[] = [
  checkComplaints,
  checkRecords,
  checkCalls,
  checkCursors,
  checkMemory,
  checkSecrets,
  checkBudgets,
  checkSessions,
];

/** Looks at what a run has left, and says what is wrong with it. */
export async function checkAll(evidence: Evidence): Promise<Verdict> {
  const given = await openCase(evidence);
  const verdicts: Verdict[] = [];
  for (const check of checks) verdicts.push(await check(given));
  return {
    violations: verdicts.flatMap(({ violations }) => violations),
    figures: Object.assign({}, ...verdicts.map(({ figures }) => figures)) as Verdict["figures"],
  };
}
