/** The callbacks of each signal. A signal itself takes a time to remove a listener that grows with the number of its listeners. */
const callbacks = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls back when a signal aborts; at once if it has. Removing the callback, by the function that is returned, takes the same time
 * however many calls share the signal. Each callback is to be a function of its own.
 */
export function onAbort(signal: AbortSignal | undefined, callback: () => void): () => void {
  if (signal?.aborted) callback();
  if (signal === undefined || signal.aborted) return () => undefined;
  const waiting = callbacks.get(signal) ?? new Set();
  if (!callbacks.has(signal)) {
    callbacks.set(signal, waiting);
    signal.addEventListener("abort", () => waiting.forEach((one) => one()), { once: true });
  }
  waiting.add(callback);
  return () => void waiting.delete(callback);
}
