import { existsSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";

/** What somebody is about to do. The text is in every record it writes, and in no other. */
export interface Intent {
  readonly n: number;
  readonly op: "create" | "keyed" | "put" | "delete" | "tally";
  readonly did: string;
  readonly collection: string;
  /** One for each record */
  readonly texts: readonly string[];
  /** Which version of its text `put` writes */
  readonly version?: number;
  /** Names blobs of records, by their text */
  readonly blobs?: Readonly<Record<string, string>>;
}

/**
 * How it ended. `refused`: surely not done. `unsure`: the SDK said that it does not know. An intent without an outcome was cut
 * off by a kill.
 */
export interface Outcome {
  readonly n: number;
  readonly outcome: "done" | "refused" | "unsure";
  readonly uris?: readonly string[];
  readonly error?: string;
}

/** Something that must never happen, seen by the worker itself. */
export interface Complaint {
  readonly complaint: string;
}

export type Line = Intent | Outcome | Complaint;

/** A file of lines, each whole or, the last one of a process that was killed, cut off. */
export class Journal {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, "a");
    // Ends a line that a kill has cut off.
    writeSync(this.#file, "\n");
  }

  /** Writes a line that is on disk before anything else happens. */
  ahead(line: object): void {
    this.write(line);
    fsyncSync(this.#file);
  }

  write(line: object): void {
    writeSync(this.#file, `${JSON.stringify(line)}\n`);
  }
}

export function readLines<Kind>(path: string): Kind[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, "utf8")
    .split("\n")
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as Kind];
      } catch {
        return [];
      }
    });
}

export interface History {
  readonly intents: readonly Intent[];
  readonly outcomes: ReadonlyMap<number, Outcome>;
  readonly complaints: readonly string[];
}

/** What one worker, in all its lives, meant to do and what became of it. */
export function readHistory(path: string): History {
  const lines = readLines<Line>(path);
  return {
    intents: lines.filter((line): line is Intent => "op" in line),
    outcomes: new Map(lines.filter((line): line is Outcome => "outcome" in line).map((line) => [line.n, line])),
    complaints: lines.filter((line): line is Complaint => "complaint" in line).map(({ complaint }) => complaint),
  };
}
