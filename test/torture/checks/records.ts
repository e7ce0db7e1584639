import { createHash } from "node:crypto";
import type { Store } from "../evidence.ts";
import type { History, Intent } from "../journal.ts";
import { LIST, POST, TALLY, TALLY_KEY, THING } from "../settings.ts";
import type { Case, StoreCase, Verdict, Violation } from "./case.ts";
import { grouped } from "./case.ts";
import { type Found, getBlob, getValue, listRecords } from "./repositories.ts";

/** What a text must have become. */
interface Expected {
  readonly did: string;
  readonly collection: string;
  min: number;
  max: number;
  uri: string | undefined;
  /** Versions that it may have; none is 0 */
  versions: readonly number[];
  readonly blob: string | undefined;
  /** Texts that were written together, all or none, if at all */
  readonly together: readonly string[];
}

/** Every record that was meant is there once, and none that was not. */
export async function checkRecords({ evidence, stores }: Case): Promise<Verdict> {
  const violations: Violation[] = [];
  const figures = { records: 0, blobs: 0, tallied: 0, unsure: 0 };
  for (const one of stores) {
    const expected = expectedOf(one);
    figures.unsure += [...expected.values()].filter(({ min, max }) => min !== max).length;
    const found = await recordsOf(evidence.network.pds, one.store);
    figures.records += found.length;
    violations.push(...judge(expected, found));
    for (const { uri, value } of found) {
      const blob = expected.get(value.text ?? "")?.blob;
      if (blob === undefined) continue;
      figures.blobs++;
      const bytes = await getBlob(evidence.network.pds, uri, value.blob?.ref.$link ?? "");
      if (createHash("sha256").update(bytes).digest("hex") !== blob)
        violations.push(broken(`the blob of ${uri} is not what was uploaded`, uri));
    }
    for (const { did } of one.store.accounts) {
      const marks = (await getValue(evidence.network.pds, did, TALLY, TALLY_KEY)).marks ?? [];
      figures.tallied += marks.length;
      violations.push(...judgeTally(did, marks, one));
    }
  }
  return { violations, figures };
}

function judge(expected: ReadonlyMap<string, Expected>, found: readonly Found[]): Violation[] {
  const violations: Violation[] = [];
  const byText = grouped(found, ({ value }) => value.text ?? value.name ?? "");
  for (const [text, { min, max, uri, versions, together, collection }] of expected) {
    const records = byText.get(text) ?? [];
    const uris = records.map((record) => record.uri).join(", ");
    if (records.length > max)
      violations.push(broken(`"${text}" is there ${records.length} times, not ${max}: ${uris}`, text));
    if (records.length < min) violations.push(broken(`"${text}" is missing in ${collection}`, text));
    const [record] = records;
    if (record !== undefined && uri !== undefined && record.uri !== uri)
      violations.push(broken(`"${text}" is at ${record.uri}, but the call gave ${uri}`, text));
    if (record !== undefined && !versions.includes(record.value.version ?? 0))
      violations.push(broken(`"${text}" has version ${record.value.version ?? 0}, not ${versions.join(" or ")}`, text));
    const first = byText.get(together[0] ?? "")?.length ?? 0;
    if (together.length > 0 && records.length !== first)
      violations.push(broken(`of the batch of "${text}" some are there and some are not`, text));
  }
  for (const [text, records] of byText) {
    if (!expected.has(text)) violations.push(broken(`nobody meant to write "${text}": ${records[0]?.uri}`, text));
  }
  return violations;
}

const broken = (what: string, where: string): Violation => ({
  rule: "every record that was meant is there exactly once",
  what,
  look: `${where} in the journals and in bsky_api_call_log.params`,
});

function expectedOf({ histories }: StoreCase): Map<string, Expected> {
  const expected = new Map<string, Expected>();
  for (const history of histories.values()) {
    for (const intent of history.intents) expect(expected, intent, history);
  }
  return expected;
}

function expect(expected: Map<string, Expected>, intent: Intent, { outcomes }: History): void {
  const { n, op, did, collection, texts, version = 0, blobs } = intent;
  const { outcome = "unsure", uris, error } = outcomes.get(n) ?? {};
  for (const [index, text] of texts.entries()) {
    const known = expected.get(text);
    if (op === "create" || op === "keyed") {
      // A key is tried until it is there; only a budget that is used up may be a reason to give up.
      const mayBeMissing = op === "keyed" ? error?.includes("RateLimitExceeded") === true : outcome !== "done";
      expected.set(text, {
        did,
        collection,
        min: mayBeMissing ? 0 : 1,
        max: outcome === "refused" && op === "create" ? 0 : 1,
        uri: uris?.[index],
        versions: [0],
        blob: blobs?.[text],
        together: outcome === "unsure" ? texts : [],
      });
    } else if (known !== undefined && op === "delete") {
      if (outcome !== "refused") known.min = 0;
      if (outcome === "done") known.max = 0;
    } else if (known !== undefined && op === "put") {
      if (outcome !== "refused") known.versions = outcome === "done" ? [version] : [0, version];
    }
  }
}

function judgeTally(did: string, marks: readonly string[], { histories }: StoreCase): Violation[] {
  const violations: Violation[] = [];
  const counts = grouped(marks, (mark) => mark);
  const meant = new Set<string>();
  for (const { intents, outcomes } of histories.values()) {
    for (const { n, op, texts, did: owner } of intents) {
      if (op !== "tally" || owner !== did) continue;
      const [text = ""] = texts;
      meant.add(text);
      const count = counts.get(text)?.length ?? 0;
      const { outcome = "unsure" } = outcomes.get(n) ?? {};
      const [min, max] = outcome === "done" ? [1, 1] : outcome === "refused" ? [0, 0] : [0, 1];
      if (count < min || count > max)
        violations.push(
          tallied(`the change "${text}" of the tally of ${did} was made ${count} times: ${outcome}`, text),
        );
    }
  }
  for (const mark of counts.keys()) {
    if (!meant.has(mark)) violations.push(tallied(`nobody meant the change "${mark}" of the tally of ${did}`, mark));
  }
  return violations;
}

const tallied = (what: string, mark: string): Violation => ({
  rule: "update() loses nobody's change and makes none twice",
  what,
  look: `${mark} in the journals, and the rows of putRecord`,
});

export async function recordsOf(pds: string, { accounts, lanes }: Store): Promise<Found[]> {
  const all: Found[] = [];
  for (const { did } of accounts) {
    for (const collection of [POST, LIST, THING]) all.push(...(await listRecords(pds, did, collection)));
  }
  for (const { did, collection } of lanes) all.push(...(await listRecords(pds, did, collection)));
  return all;
}
