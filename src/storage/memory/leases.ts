import type { ClaimOptions, Lease, LeaseStore } from "../ports/index.ts";
import { DEFAULT_LOCK_WAIT_MS } from "../shared/session-rules.ts";
import { storableLockName } from "../shared/names.ts";
import { KeyedMutex } from "../shared/keyed-mutex.ts";

export class MemoryLeases implements LeaseStore {
  readonly #check: () => void;
  readonly #turns = new KeyedMutex();

  constructor(check: () => void) {
    this.#check = check;
  }

  async claim(name: string, { waitMs = DEFAULT_LOCK_WAIT_MS, signal }: ClaimOptions = {}): Promise<Lease | undefined> {
    this.#check();
    const end = await this.#turns.take(storableLockName(name), { waitMs, signal });
    if (end === undefined) return undefined;
    let released = false;
    const release = async (): Promise<void> => {
      if (!released) end();
      released = true;
    };
    return { signal: new AbortController().signal, release };
  }
}
