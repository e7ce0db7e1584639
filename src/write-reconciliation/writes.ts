import type { CallRequest } from "../core/pipeline.ts";

/** One change of a record. */
export interface Write {
  /** `replace`: over one version, or where there is none */
  readonly action: "create" | "replace" | "update" | "delete";
  readonly repo: string;
  readonly collection: string;
  readonly rkey: string;
  /** Absent where it is deleted */
  readonly record: object | undefined;
  /** The version that `replace` is for; `null`: none */
  readonly swapRecord: string | null | undefined;
}

export const uriOf = ({ repo, collection, rkey }: Write): string => `at://${repo}/${collection}/${rkey}`;

type Fields = Readonly<Record<string, unknown>>;

const actions: Readonly<Record<string, Write["action"]>> = {
  "com.atproto.repo.createRecord": "create",
  "com.atproto.repo.putRecord": "replace",
  "com.atproto.repo.applyWrites#create": "create",
  "com.atproto.repo.applyWrites#update": "update",
  "com.atproto.repo.applyWrites#delete": "delete",
};

/**
 * The changes a call makes, where it matters whether it makes them twice. None for all other calls, and for what no server
 * would take.
 */
export function writesOf({ definition: { nsid }, input }: CallRequest): readonly Write[] {
  const { repo, writes, ...fields } = (input ?? {}) as Fields;
  const action = actions[nsid];
  // Without a version to replace, a record may be put twice.
  if (action === "replace" && fields["swapRecord"] === undefined) return [];
  const given = action !== undefined ? [{ ...fields, $type: nsid }] : nsid === APPLY_WRITES ? writes : [];
  if (!Array.isArray(given)) return [];
  const known = (given as readonly Fields[]).map((write) => {
    const { $type, collection, rkey, record, value = record, swapRecord } = write ?? {};
    return { action: actions[String($type)], repo, collection, rkey, record: value, swapRecord };
  });
  return known.every((write): write is Write => isWhole(write)) ? known : [];
}

const APPLY_WRITES = "com.atproto.repo.applyWrites";

function isWhole({ action, repo, collection, rkey, record }: { readonly [Name in keyof Write]?: unknown }): boolean {
  const isNamed = [action, repo, collection, rkey].every((one) => typeof one === "string");
  return isNamed && (action === "delete" || (typeof record === "object" && record !== null));
}
