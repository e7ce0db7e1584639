import type { ClaimOptions, Lease, LeaseStore } from "./ports.ts";
import { DEFAULT_LOCK_WAIT_MS } from "./sessions.ts";
import { Turns } from "./turns.ts";

export class MemoryLeases implements LeaseStore {
  readonly #check: () => void;
  readonly #turns = new Turns();

  constructor(check: () => void) {
    this.#check = check;
  }

  async claim(name: string, { waitMs = DEFAULT_LOCK_WAIT_MS, signal }: ClaimOptions = {}): Promise<Lease | undefined> {
    this.#check();
    const end = await this.#turns.take(name, { waitMs, signal });
    if (end === undefined) return undefined;
    let released = false;
    const release = async (): Promise<void> => {
      if (!released) end();
      released = true;
    };
    return { signal: new AbortController().signal, release };
  }
}
