import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Client, SkylexError } from "../../src/index.ts";
import type { Journal } from "./journal.ts";
import { END, streamedOf, type WorkerSettings } from "./settings.ts";

/** Follows the stream of the server to its last event, and writes down each new record before it asks for the next one. */
export async function followStream(
  { slot, folder, service }: WorkerSettings,
  client: Client,
  journal: Journal,
): Promise<void> {
  const file = openSync(join(folder, streamedOf(slot)), "a");
  const reconnect = { baseDelay: 50, maxDelay: 1000, attempts: 1000 };
  for (;;) {
    try {
      const stream = client.com.atproto.sync.subscribeRepos({}, { service, reconnect });
      for await (const event of stream.resume(`stream of ${slot}`, {
        start: "beginning",
        everyEvents: 50,
        wait: 60_000,
      })) {
        if (event.$type !== "com.atproto.sync.subscribeRepos#commit") continue;
        for (const { action, uri, collection } of event.ops) {
          if (action === "create") writeSync(file, `${uri}\n`);
          if (action === "unreadable") journal.write({ complaint: `the stream has an unreadable change of ${uri}` });
          if (collection === END) return closeSync(file);
        }
      }
    } catch (error) {
      if (!(error instanceof SkylexError))
        journal.write({
          complaint: `the stream failed with an error that is none of the SDK's: ${(error as Error)?.stack}`,
        });
      await sleep(200);
    }
  }
}
