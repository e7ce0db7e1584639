import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject } from "vitest";
import type { Account } from "../../support/servers/accounts.ts";
import { signUp } from "../../support/servers/accounts.ts";
import { xrpc } from "../../support/servers/xrpc.ts";
import { addressesOf, type Outcome, run } from "../../support/programs/run.ts";

const network = inject("network");

/** A folder of a user's, with an account in the environment. */
export interface Stage {
  readonly folder: string;
  readonly account: Account;
  readonly start: (
    example: string,
    args?: readonly string[],
    options?: { readonly env?: Record<string, string>; readonly killAfter?: RegExp },
  ) => Promise<Outcome>;
}

export async function stage(onTestFinished: (end: () => void) => void): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), "skylex-example-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const account = await signUp(network.pds);
  const credentials = { BSKY_AUTH_USERNAME: account.handle, BSKY_AUTH_PASSWORD: account.password };
  return {
    folder,
    account,
    async start(example, args = [], { env = {}, killAfter } = {}) {
      const file = join(import.meta.dirname, "../../../examples", example);
      const all = { ...addressesOf(network), ...credentials, BSKY_SQLITE_FILENAME: "", ...env };
      return run({ file, args, cwd: folder, env: all, killAfter });
    },
  };
}

interface Listed {
  readonly uri: string;
  readonly value: {
    readonly text: string;
    readonly createdAt: string;
    readonly reply?: { readonly parent: { readonly uri: string } };
  };
}

/** Writes a record as an account, under a key of its own or the server's; gives its URI and CID. */
export async function write(
  { did, accessJwt: token }: Account,
  record: { readonly $type: string; readonly [field: string]: unknown },
  rkey?: string,
): Promise<{ readonly uri: string; readonly cid: string }> {
  const body = { repo: did, collection: record.$type, record, ...(rkey !== undefined && { rkey }) };
  const answer = await xrpc<{ uri: string; cid: string }>(network.pds, "com.atproto.repo.createRecord", {
    token,
    body,
  });
  if (answer.json?.uri === undefined) throw new Error(answer.text);
  return answer.json;
}

/** What is in a repository, oldest first. */
export async function listed({ did: repo }: Account, collection = "app.bsky.feed.post"): Promise<readonly Listed[]> {
  const params = { repo, collection, limit: 100, reverse: true };
  const { json } = await xrpc<{ records: Listed[] }>(network.pds, "com.atproto.repo.listRecords", { params });
  // The keys of posts that have a name of the user's are not made of the time.
  return (json?.records ?? []).toSorted((a, b) => a.value.createdAt.localeCompare(b.value.createdAt));
}

/** Uploads bytes as an account; gives the reference that records hold. */
export async function upload({ accessJwt: token }: Account, bytes: Uint8Array): Promise<object> {
  const { json } = await xrpc<{ blob: object }>(network.pds, "com.atproto.repo.uploadBlob", { token, body: bytes });
  return json?.blob ?? {};
}
