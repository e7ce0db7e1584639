import type { Issue } from "../core/lexicon/issue.ts";
import type { Logger } from "../core/logger.ts";

/** One way in which the answers of an endpoint differ from its lexicon. */
interface Difference {
  readonly line: string;
  /** Places, in how many answers */
  places: number;
  answers: number;
}

/** Tells the logger how answers differ from the lexicons: each way once, and at the end how often those were seen that came again. */
export class Drift {
  readonly #logger: Logger;
  readonly #seen = new Map<string, Difference>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Takes note of what is wrong with an answer. */
  add(nsid: string, issues: readonly Issue[]): void {
    const counts = new Map<string, { readonly issue: Issue; places: number }>();
    for (const issue of issues) {
      const key = `${nsid} ${anywhere(issue.path)} ${issue.rule}`;
      const same = counts.get(key);
      if (same === undefined) counts.set(key, { issue, places: 1 });
      else same.places++;
    }
    for (const [key, { issue, places }] of counts) {
      const known = this.#seen.get(key);
      if (known !== undefined) {
        known.places += places;
        known.answers++;
        continue;
      }
      const line = `${nsid}: the answer is not what the lexicon says: ${anywhere(issue.path)} ${issue.message}`;
      this.#seen.set(key, { line, places, answers: 1 });
      this.#logger.warn(`${line}${places > 1 ? ` (in ${places} places)` : ""}. This is told once.`);
    }
  }

  /** Tells what came again since it was told. */
  flush(): void {
    for (const [key, { line, places, answers }] of this.#seen) {
      if (answers > 1) this.#logger.warn(`${line}. This came in ${places} places of ${answers} answers.`);
      this.#seen.delete(key);
    }
  }
}

const anywhere = (path: string): string => path.replaceAll(/\[\d+\]/g, "[]");
