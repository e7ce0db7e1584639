import { Client } from "../../../src/client/client.ts";
import type { ClientOptions } from "../../../src/client/options.ts";
import { MemoryStorage } from "../../../src/storage/memory/index.ts";
import type { Storage } from "../../../src/storage/ports/index.ts";
import { FakeClock } from "../../support/fakes/fake-clock.ts";
import type { ScriptedFetch } from "../../support/fakes/scripted-fetch.ts";
import { scriptedFetch } from "../../support/fakes/scripted-fetch.ts";
import type { StandInOptions } from "./stand-in-server.ts";
import { alice, StandInServer } from "./stand-in-server.ts";

export interface Setting {
  readonly clock: FakeClock;
  readonly server: StandInServer;
  readonly storage: Storage;
  readonly fetch: ScriptedFetch;
  readonly lines: string[];
  /** Another client of the same world, as another program would make it: Alice's, unless told otherwise */
  readonly client: (options?: ClientOptions) => Client;
}

/** A world with one account, one database and any number of programs. */
export function setting(options: StandInOptions = {}): Setting {
  const clock = new FakeClock();
  const server = new StandInServer(clock, options);
  const storage = new MemoryStorage({ now: () => clock.now() });
  const fetch = scriptedFetch(server.answer);
  const lines: string[] = [];
  const write = (message: string): void => void lines.push(message);
  const logger = { debug: write, info: write, warn: write, error: write };
  return {
    clock,
    server,
    storage,
    fetch,
    lines,
    client: (own = {}) =>
      new Client({
        fetch,
        clock,
        logger,
        storage,
        random: () => 0.5,
        identifier: alice.handle,
        password: alice.password,
        ...own,
      }),
  };
}

/** Something that needs the account. */
export const read = (client: Client): Promise<unknown> => client.get("com.example.read").then((data) => data);

/** What a promise rejects with. */
export const failure = (promise: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(promise).then(
    () => Promise.reject(new Error("did not fail")),
    (error: unknown) => error,
  );
