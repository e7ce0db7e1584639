/** A facet as tests compare it. */
export interface Shown {
  readonly start: number;
  readonly end: number;
  /** What is marked */
  readonly shown: string;
  /** URI, handle or tag */
  readonly target: string;
  readonly kind: string;
}

const isOneOf = (facets: readonly Shown[], { start, end, kind, target }: Shown): boolean =>
  facets.some((other) => other.start === start && other.end === end && other.kind === kind && other.target === target);

/** https://atproto.com/specs/handle */
const isHandle = (target: string): boolean =>
  target.split(".").every((label) => label.length > 0 && label.length < 64 && !/^-|-$/.test(label));

/** Why a facet of the oracle is not ours, as DIFFERENCES.md argues; `undefined` if nothing there explains it. */
export function reason(facet: Shown, ours: readonly Shown[], oracles: readonly Shown[]): string | undefined {
  const { start, end, shown, target, kind } = facet;
  const overlaps = (other: Shown): boolean => other !== facet && other.start < end && start < other.end;
  if (kind === "link" && target === shown && !/^https?:\/\//.test(target)) return "no scheme";
  if (kind === "link" && (!/^https?:\/\/[^/\s]/.test(target) || !URL.canParse(target))) return "no URL";
  if (kind === "link" && /^https:\/\/[a-z0-9.]+@/i.test(target) && !shown.startsWith("https:")) return "e-mail address";
  if (kind === "mention" && !isHandle(target)) return "no handle";
  if (kind === "tag" && Buffer.byteLength(target) > 640) return "too many bytes";
  if (ours.some(overlaps)) return "overlap";
  // What the oracle marks where it should not may hide what we mark there.
  return oracles.some((other) => overlaps(other) && reason(other, ours, []) !== undefined) ? "overlap" : undefined;
}

/** Facets of one side only, without those that the table explains. */
export function unexplained(ours: readonly Shown[], oracles: readonly Shown[]): readonly Shown[] {
  const missing = oracles.filter((facet) => !isOneOf(ours, facet) && reason(facet, ours, oracles) === undefined);
  const added = ours.filter((facet) => {
    if (isOneOf(oracles, facet)) return false;
    const stands = oracles.find(
      ({ start, end, kind }) => start === facet.start && end === facet.end && kind === facet.kind,
    );
    return !(stands !== undefined && facet.target === `https://${stands.target}`);
  });
  return [...missing, ...added];
}
