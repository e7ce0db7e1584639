import type { RecordKeyKind } from "../core/lexicon/definition.ts";
import type { Issue } from "../core/lexicon/issue.ts";
import { MAX_ISSUES } from "./issues.ts";

/** A record in the input of a write. */
export interface WrittenRecord {
  readonly collection: string;
  readonly value: unknown;
  readonly rkey: unknown;
  /** The write that holds it */
  readonly path: string;
  readonly valuePath: string;
  /** It is new: a key that is left out is made here or by the server, where its kind lets anybody make it */
  readonly creates: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

/** The records that a call writes: none for endpoints that write none. */
export function recordsIn(nsid: string, input: unknown): WrittenRecord[] {
  const { collection, record, rkey, writes } = (input ?? {}) as Fields;
  switch (nsid) {
    case "com.atproto.repo.createRecord":
    case "com.atproto.repo.putRecord":
      return typeof collection === "string"
        ? [
            {
              collection,
              value: record,
              rkey,
              path: "input",
              valuePath: "input.record",
              creates: nsid.endsWith("createRecord"),
            },
          ]
        : [];
    case "com.atproto.repo.applyWrites":
      return Array.isArray(writes) ? (writes as unknown[]).flatMap(written) : [];
    default:
      return [];
  }
}

function written(write: unknown, position: number): WrittenRecord[] {
  const { $type, collection, value, rkey } = (write ?? {}) as Fields;
  if (typeof collection !== "string" || value === undefined) return [];
  const path = `input.writes[${position}]`;
  const creates = $type === "com.atproto.repo.applyWrites#create";
  return [{ collection, value, rkey, path, valuePath: `${path}.value`, creates }];
}

/** What is wrong with a record whatever its lexicon says: its `$type`, and numbers that atproto does not have. */
export function checkForm({ collection, value, valuePath }: WrittenRecord): Issue[] {
  const issues: Issue[] = [];
  const { $type } = (value ?? {}) as Fields;
  // Servers fill in one that is missing.
  if ($type !== undefined && $type !== collection) {
    const message = `is ${JSON.stringify($type)}, but the collection is ${JSON.stringify(collection)}`;
    issues.push({ path: `${valuePath}.$type`, rule: "$type", message });
  }
  findFractions(value, valuePath, issues);
  return issues;
}

/** https://atproto.com/specs/data-model: no floats, and integers that JavaScript can hold */
function findFractions(value: unknown, path: string, issues: Issue[]): void {
  if (issues.length >= MAX_ISSUES) return;
  if (typeof value === "number") {
    if (Number.isSafeInteger(value)) return;
    const message = `is ${value}, but records hold whole numbers only, up to ${Number.MAX_SAFE_INTEGER}`;
    issues.push({ path, rule: "data-model", message });
  } else if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) findFractions(value[index], `${path}[${index}]`, issues);
  } else if (value !== null && typeof value === "object" && !(value instanceof Uint8Array)) {
    for (const key in value) {
      const member = (value as Fields)[key];
      if (typeof member === "number" || typeof member === "object") findFractions(member, `${path}.${key}`, issues);
    }
  }
}

/** Whether a record key is of the kind that its collection has: https://atproto.com/specs/record-key */
export function checkKey(
  kind: RecordKeyKind,
  { collection, rkey, path, creates }: WrittenRecord,
  isFormat: (format: string, text: string) => boolean,
): Issue[] {
  const refuse = (message: string): Issue[] => [{ path: `${path}.rkey`, rule: "key", message }];
  const literal = kind.startsWith("literal:") ? kind.slice("literal:".length) : undefined;
  const wanted = literal === undefined ? `${kind.toUpperCase()}s` : JSON.stringify(literal);
  if (rkey === undefined) {
    return creates && kind === "nsid"
      ? refuse(`is missing: keys of ${collection} are NSIDs, which nobody can make up`)
      : [];
  }
  if (typeof rkey !== "string" || kind === "any") return [];
  const fits = literal === undefined ? isFormat(kind, rkey) : rkey === literal;
  return fits ? [] : refuse(`is ${JSON.stringify(rkey)}, but keys of ${collection} are ${wanted}`);
}
