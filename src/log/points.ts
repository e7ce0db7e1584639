/**
 * What writes cost against an account's budget of the official PDS:
 * https://docs.bsky.app/docs/advanced-guides/rate-limits#content-write-operations-per-account
 */
const costs: Readonly<Record<string, number>> = {
  "com.atproto.repo.createRecord": 3,
  "com.atproto.repo.putRecord": 2,
  "com.atproto.repo.deleteRecord": 1,
};

const writeCosts: Readonly<Record<string, number>> = {
  "com.atproto.repo.applyWrites#create": 3,
  "com.atproto.repo.applyWrites#update": 2,
  "com.atproto.repo.applyWrites#delete": 1,
};

/** Points of one attempt of a call; 0 for what writes no record. */
export function writePoints(nsid: string, input: unknown): number {
  if (nsid !== "com.atproto.repo.applyWrites") return costs[nsid] ?? 0;
  const { writes } = (input ?? {}) as { readonly writes?: unknown };
  if (!Array.isArray(writes)) return 0;
  return (writes as readonly { readonly $type?: string }[]).reduce(
    (sum, write) => sum + (writeCosts[write?.$type ?? ""] ?? 0),
    0,
  );
}
