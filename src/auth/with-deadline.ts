import type { WaitLimit } from "../core/call/call-account.ts";
import { onAbort } from "../core/abort.ts";
import type { Clock } from "../core/clock.ts";
import { TimeoutError } from "../core/errors/index.ts";

/**
 * Waits for work that others may be waiting for too. Who loses patience leaves, and the work goes on.
 *
 * @throws the signal's reason, or TimeoutError of phase `call`
 */
export function withDeadline<Value>(clock: Clock, work: Promise<Value>, patience: WaitLimit): Promise<Value> {
  const { signal, deadline } = patience;
  return new Promise((resolve, reject) => {
    const cancel = clock.after(Math.max(0, deadline - clock.now()), () =>
      reject(
        new TimeoutError(
          "What the call needs of its account was not there within its timeout: the session, a token or an address",
          { phase: "call" },
        ),
      ),
    );
    const ignore = onAbort(signal, () => reject(signal?.reason as Error));
    void work.then(resolve, reject).finally(() => {
      cancel();
      ignore();
    });
  });
}
