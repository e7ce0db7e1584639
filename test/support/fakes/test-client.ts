import { Client } from "../../../src/client/client.ts";
import type { Logger } from "../../../src/core/logger.ts";
import type { ClientOptions } from "../../../src/client/options.ts";
import { MemoryStorage } from "../../../src/storage/memory/index.ts";
import { FakeClock } from "./fake-clock.ts";
import type { ScriptedFetch, Step } from "./scripted-fetch.ts";
import { scriptedFetch } from "./scripted-fetch.ts";

export interface TestClient {
  readonly client: Client;
  readonly fetch: ScriptedFetch;
  readonly clock: FakeClock;
  /** `level message` */
  readonly lines: string[];
}

/** A client on a fake clock that answers from a script and remembers in memory. */
export function testClient(steps: readonly Step[] = [], options: ClientOptions = {}): TestClient {
  const fetch = scriptedFetch(...steps);
  const clock = new FakeClock();
  const lines: string[] = [];
  const to =
    (level: string) =>
    (message: string): void =>
      void lines.push(`${level} ${message}`);
  const logger: Logger = { debug: to("debug"), info: to("info"), warn: to("warn"), error: to("error") };
  const storage = new MemoryStorage({ now: () => clock.now() });
  // What these tests send are placeholders that no lexicon would take.
  const client = new Client({ fetch, clock, logger, storage, random: () => 0.5, validate: false, ...options });
  return { client, fetch, clock, lines };
}
