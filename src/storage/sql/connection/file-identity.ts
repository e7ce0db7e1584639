/** Milliseconds between looks: a look costs some microseconds */
const EVERY_MS = 1000;

/** Notices that the file of an open database is another one by now, or none. */
export class FileIdentity {
  readonly #file: string;
  readonly #identity: string | undefined;
  #lookedAt = performance.now();
  #isTold = false;

  constructor(file: string) {
    this.#file = file;
    this.#identity = identityOf(file);
  }

  /** True once, if the file was deleted or replaced since. */
  isGone(): boolean {
    const now = performance.now();
    if (this.#isTold || this.#identity === undefined || now - this.#lookedAt < EVERY_MS) return false;
    this.#lookedAt = now;
    this.#isTold = identityOf(this.#file) !== this.#identity;
    return this.#isTold;
  }
}

/** What tells a file from others; `undefined` where there is none. */
function identityOf(file: string): string | undefined {
  try {
    const { dev, ino, nlink } = process.getBuiltinModule("node:fs").statSync(file, { bigint: true });
    return nlink === 0n ? undefined : `${dev} ${ino}`;
  } catch {
    return undefined;
  }
}
