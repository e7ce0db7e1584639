/** What still has something to write when the process is about to end. */
export interface Pending {
  /** Writes it before it returns; nothing else will run afterwards. */
  writeNow(): void;
  /** Writes it; the process waits. Must not be tried again and again when it fails */
  write(): void;
}

const pending = new Set<Pending>();
let listening = false;

/** Has `one` written before the process ends, however it ends short of being killed. For as long as it has something to write. */
export function writeBeforeEnd(one: Pending): void {
  pending.add(one);
  if (listening) return;
  listening = true;
  // The first is for a program that has nothing left to do, where promises still run; the second for `process.exit()`
  // and errors nobody caught.
  process.on("beforeExit", () => {
    for (const each of pending) each.write();
  });
  process.on("exit", () => {
    for (const each of pending) each.writeNow();
  });
}

export const nothingLeft = (one: Pending): boolean => pending.delete(one);
