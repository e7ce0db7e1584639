import { record } from "./record.mjs";

/** How many rounds to run: `RUNS`, or what the bench thinks is enough. */
export const rounds = (fallback) => Number(process.env.RUNS ?? fallback);

/**
 * Measures all cases once a round, in turning order, so that neither slow drift of the machine nor what a neighbour leaves
 * behind favours one of them. Negative rounds warm up and are dropped. A case with fewer `times` sits the later rounds out.
 *
 * @returns the rows of each case, by its name
 */
export async function interleave(benchName, cases, times, measure, { warmups = 1 } = {}) {
  const rows = Object.fromEntries(cases.map(({ name }) => [name, []]));
  for (let round = -warmups; round < times; round++) {
    const due = cases.filter((one) => round < (one.times ?? times) && !(round < 0 && one.cold));
    for (const one of round % 2 === 0 ? due : due.toReversed()) {
      const row = await measure(one);
      if (round < 0) continue;
      rows[one.name].push(row);
      record(benchName, { name: one.name, round, ...row });
    }
  }
  return rows;
}
