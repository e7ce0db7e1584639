import { writeCosts } from "./limits.ts";

/** Points of one attempt of a call; 0 for what writes no record. */
export function writePoints(nsid: string, input: unknown): number {
  if (nsid !== "com.atproto.repo.applyWrites") return writeCosts[nsid] ?? 0;
  const { writes } = (input ?? {}) as { readonly writes?: unknown };
  if (!Array.isArray(writes)) return 0;
  return (writes as readonly { readonly $type?: string }[]).reduce(
    (sum, write) => sum + (writeCosts[write?.$type ?? ""] ?? 0),
    0,
  );
}
