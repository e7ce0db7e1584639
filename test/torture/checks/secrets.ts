import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Case, Verdict, Violation } from "./case.ts";

/** No password, token or key is in any file of a database, any table, or anything a process printed or wrote. */
export function checkSecrets({ evidence, stores }: Case): Verdict {
  const needles = [...evidence.witness.secrets].map(([secret, what]) => ({ needle: needleOf(secret), what }));
  const violations: Violation[] = [];
  let bytes = 0;
  const search = (place: string, haystack: Buffer): void => {
    bytes += haystack.length;
    for (const { needle, what } of needles) {
      if (haystack.includes(needle))
        violations.push({ rule: "no secret is written anywhere", what: `${place} has ${what}`, look: place });
    }
  };
  for (const name of readdirSync(evidence.folder)) search(name, readFileSync(join(evidence.folder, name)));
  for (const { store, tables } of stores) {
    for (const [table, text] of tables.dumps) search(`${table} on ${store.kind}`, Buffer.from(text));
  }
  return { violations, figures: { secrets: needles.length, bytesSearched: bytes } };
}

/** Of a token its signature: pages of a database may cut a long text in two. */
const needleOf = (secret: string): Buffer => Buffer.from(secret.split(".").at(-1) ?? secret);
