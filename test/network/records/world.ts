import { inject } from "vitest";
import type { Client, ClientOptions } from "../../../src/index.ts";
import { again, join, type Person } from "../endpoints/accounts.ts";
import { startFaultProxy, type FaultProxy } from "../../support/servers/fault-proxy.ts";

/** A kind of record that no lexicon knows. */
export const thing = "com.example.thing";

/** An account whose server is behind a proxy. */
export interface World {
  readonly person: Person;
  readonly proxy: FaultProxy;
  /** Past the proxy */
  readonly direct: Client;
  /** At the proxy, with waits that no test has to sit through */
  readonly client: Client;
  /** At the proxy, with other options */
  another(options: ClientOptions): Client;
  /** How many requests of a kind have been sent */
  sent(verb: string): number;
  /** The records with a text, past the proxy */
  found(text: string): Promise<{ uri: string; cid: string }[]>;
  close(): Promise<void>;
}

export async function openWorld(person: Person): Promise<World> {
  const proxy = await startFaultProxy(inject("network").pds);
  const another = (options: ClientOptions): Client =>
    again(person, { service: proxy.url, retry: { baseDelay: 1 }, attemptTimeout: 1000, ...options });
  const client = another({});
  return {
    person,
    proxy,
    direct: person.client,
    client,
    another,
    sent: (verb) => proxy.log.filter(({ nsid }) => nsid === `com.atproto.repo.${verb}`).length,
    async found(text) {
      const all: { uri: string; cid: string }[] = [];
      for await (const { uri, cid, value } of person.client.records.list<{ text?: string }>(thing)) {
        if (value.text === text) all.push({ uri, cid });
      }
      return all;
    },
    async close() {
      await client.close();
      await proxy.close();
    },
  };
}

export const newPerson = (): Promise<Person> => join(inject("network").pds);

/** What a call rejects with. */
export const reasonOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => "no error",
    (reason: unknown) => reason,
  );

let texts = 0;
/** A text that no other record has. */
export const fresh = (): string => `text ${texts++}`;
