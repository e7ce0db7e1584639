import { randomBytes } from "node:crypto";
import { inject } from "vitest";
import { Client, type AtUri, type Cid, type ClientOptions, type Did } from "../../../src/index.ts";

/** An account, and the client that acts for it. */
export interface Person {
  readonly client: Client;
  readonly did: Did;
  readonly handle: string;
  readonly email: string;
  readonly password: string;
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** Failures are asserted, not read in the output; identities are in the local directory. */
const quiet = { logLevel: "silent", plcDirectory: inject("network").plc } as const;

/** Makes a fresh account through the typed client. */
export async function join(service: string, options: ClientOptions = {}): Promise<Person> {
  const name = `c${randomBytes(6).toString("hex")}`;
  const credentials = { handle: `${name}.test`, email: `${name}@test.com`, password: randomBytes(9).toString("hex") };
  const anonymous = new Client({ ...quiet, ...options, service });
  const { did, accessJwt, refreshJwt } = await anonymous.com.atproto.server.createAccount(credentials);
  // Everything is checked, so that whatever the servers take and give is something the checks let pass.
  const validate = { params: true, output: "throw" } as const;
  const client = new Client({ ...quiet, validate, ...options, service, accessToken: accessJwt });
  return { ...credentials, client, did, accessToken: accessJwt, refreshToken: refreshJwt };
}

/** A client for the same account with other options, for instance at a fault proxy. */
export const again = (person: Person, options: ClientOptions): Client =>
  new Client({ ...quiet, accessToken: person.accessToken, ...options });

export const stranger = (service: string, options: ClientOptions = {}): Client =>
  new Client({ ...quiet, ...options, service });

export interface Ref {
  readonly uri: AtUri;
  readonly cid: Cid;
}

let lastTime = 0;

/** No two of one process are equal: the AppView loses items that tie at a page border. */
export function uniqueTime(): string {
  lastTime = Math.max(Date.now(), lastTime + 1);
  return new Date(lastTime).toISOString();
}

/** Writes a record into the person's own repository; `createdAt` is added, and a key unless one is given. */
export async function write(person: Person, collection: string, record: object, rkey?: string): Promise<Ref> {
  const { uri, cid } = await person.client.com.atproto.repo.createRecord({
    repo: person.did,
    collection,
    rkey,
    record: { $type: collection, createdAt: uniqueTime(), ...record },
  });
  return { uri, cid };
}

export const post = (person: Person, text: string, more: object = {}): Promise<Ref> =>
  write(person, "app.bsky.feed.post", { text, ...more });

export const rkeyOf = ({ uri }: { readonly uri: string }): string => uri.slice(uri.lastIndexOf("/") + 1);
