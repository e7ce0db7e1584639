import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { xrpc } from "./xrpc.ts";

interface SignedUp {
  did: string;
  accessJwt: string;
  refreshJwt: string;
}

export interface Account extends SignedUp {
  handle: string;
  email: string;
  password: string;
}

export interface NewPost {
  $type: "app.bsky.feed.post";
  text: string;
  createdAt: string;
  [property: string]: unknown;
}

/** A fresh account. Use its tokens: createSession takes at least 350 ms on purpose and is rationed. */
export async function signUp(pds: string, domain = "test"): Promise<Account> {
  const name = `u${randomBytes(6).toString("hex")}`;
  const handle = `${name}.${domain}`;
  const email = `${name}@test.com`;
  const password = randomBytes(9).toString("base64url");
  const answer = await xrpc<SignedUp>(pds, "com.atproto.server.createAccount", { body: { handle, email, password } });
  if (answer.status !== 200 || !answer.json) {
    throw new Error(`Could not sign up ${handle} at ${pds}: ${answer.status} ${answer.text}`);
  }
  const { did, accessJwt, refreshJwt } = answer.json;
  return { did, handle, accessJwt, refreshJwt, email, password };
}

let lastCreatedAt = 0;

/** A post record. No two of one process share a `createdAt`: the AppView loses items that tie at a page border. */
export function newPost(text: string, extra: Record<string, unknown> = {}): NewPost {
  lastCreatedAt = Math.max(Date.now(), lastCreatedAt + 1);
  return { $type: "app.bsky.feed.post", text, createdAt: new Date(lastCreatedAt).toISOString(), ...extra };
}

export interface UntilOptions {
  timeoutMs?: number;
  everyMs?: number;
}

/** Asks `probe` until it gives something truthy. For the AppView's index prefer `processAll`, which knows. */
export async function until<T>(
  probe: () => T | Promise<T>,
  { timeoutMs = 15_000, everyMs = 25 }: UntilOptions = {},
): Promise<NonNullable<Awaited<T>>> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (Date.now() > deadline) {
      throw new Error(`Still ${String(value)} after ${timeoutMs} ms: ${probe.toString().slice(0, 200)}`);
    }
    await sleep(everyMs);
  }
}
