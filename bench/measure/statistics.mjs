/** The middle value: one run that something else disturbed does not move it. */
export const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** Median with the extremes, so that a reader sees how far to trust it. */
export const spread = (values, digits) =>
  values.length === 1
    ? values[0].toFixed(digits)
    : `${median(values).toFixed(digits)} [${Math.min(...values).toFixed(digits)}..${Math.max(...values).toFixed(digits)}]`;

/** Quotients round by round: what slows a whole round down cancels out. */
export const ratios = (rows, base, key) =>
  rows.map((row, round) => row[key] / base[Math.min(round, base.length - 1)][key]);

export const column = (rows, key) => rows.map((row) => row[key]);
