/** Whether `accept` of a lexicon takes a media type: `image/png`, `image/*`, `*\/*`. Absent: it takes all. */
export const accepts = (accept: readonly string[] | undefined, type: string): boolean =>
  accept === undefined ||
  accept.some((one) => one === type || one === "*/*" || (one.endsWith("/*") && type.startsWith(one.slice(0, -1))));
