import { appendFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { xrpc } from "../support/servers/xrpc.ts";
import type { Account } from "../support/servers/accounts.ts";
import { openCase, type StoreCase } from "./checks/case.ts";
import { getValue } from "./checks/repositories.ts";
import { sql } from "./checks/tables.ts";
import type { Evidence, Store } from "./evidence.ts";
import type { Intent } from "./journal.ts";
import { deliveredOf, followsStream, memoryOf, POST, streamedOf, TALLY, TALLY_KEY } from "./settings.ts";

/** Breaks a promise behind everybody's back, and says what the checks should say of it. */
export type Sabotage = (evidence: Evidence) => Promise<RegExp>;

const write = async (evidence: Evidence, account: Account, verb: string, body: object): Promise<void> => {
  const { status, text } = await xrpc(evidence.network.pds, `com.atproto.repo.${verb}`, {
    token: account.accessJwt,
    headers: { "x-forwarded-for": "10.0.1.3" },
    body: { repo: account.did, ...body },
  });
  if (status !== 200) throw new Error(`${verb} answered ${status}: ${text}`);
};

/** What surely was done by somebody on a database. */
async function done(
  evidence: Evidence,
  store: Store,
  op: Intent["op"],
  collection: string,
): Promise<readonly (Intent & { readonly uri: string })[]> {
  const { stores } = await openCase(evidence);
  const { histories } = stores.find((one) => one.store === store) as StoreCase;
  return [...histories.values()].flatMap(({ intents, outcomes }) =>
    intents.flatMap((intent) => {
      const [uri] = outcomes.get(intent.n)?.uris ?? [];
      return intent.op === op && intent.collection === collection && uri !== undefined ? [{ ...intent, uri }] : [];
    }),
  );
}

const ownerOf = (store: Store, did: string): Account => store.accounts.find((one) => one.did === did) as Account;

const [sqlite, postgres] = [0, 1];

export const sabotages: Readonly<Record<string, Sabotage>> = {
  async "a record that is posted twice"(evidence) {
    const store = evidence.stores[sqlite] as Store;
    const [{ did, texts } = { did: "", texts: [] }] = await done(evidence, store, "create", POST);
    const record = { $type: POST, text: texts[0], createdAt: new Date().toISOString() };
    await write(evidence, ownerOf(store, did), "createRecord", { collection: POST, record });
    return new RegExp(`"${texts[0]}" is there 2 times`);
  },
  async "a record that is lost"(evidence) {
    const store = evidence.stores[postgres] as Store;
    const [{ did, texts, uri } = { did: "", texts: [], uri: "" }] = await done(evidence, store, "create", POST);
    await write(evidence, ownerOf(store, did), "deleteRecord", { collection: POST, rkey: uri.split("/").at(-1) });
    return new RegExp(`"${texts[0]}" is missing`);
  },
  async "a change that is written over"(evidence) {
    const store = evidence.stores[sqlite] as Store;
    const [{ did, texts: [mark] } = { did: "", texts: [] }] = await done(evidence, store, "tally", TALLY);
    const { marks = [] } = await getValue(evidence.network.pds, did, TALLY, TALLY_KEY);
    const record = { $type: TALLY, marks: marks.filter((one) => one !== mark) };
    await write(evidence, ownerOf(store, did), "putRecord", { collection: TALLY, rkey: TALLY_KEY, record });
    return new RegExp(`"${mark}" of the tally of ${did} was made 0 times`);
  },
  async "a row that is lost"(evidence) {
    const store = evidence.stores[postgres] as Store;
    const condition = "endpoint = 'xrpc/com.atproto.repo.applyWrites' and state = 'done'";
    await sql(
      store,
      `delete from bsky_api_call_log where id = (select min(id) from bsky_api_call_log where ${condition})`,
    );
    return /postgresql: com\.atproto\.repo\.applyWrites \S+ was sent \d+ times, and \d+ of them are in no row/;
  },
  async "points that are lost"(evidence) {
    const store = evidence.stores[sqlite] as Store;
    await sql(store, "update bsky_write_budget set used = used - 1 where seconds = 3600 and budget_key like 'write %'");
    return /the window of 3600 s has \d+, its rows \d+/;
  },
  async "a password in a table"(evidence) {
    const { accounts } = evidence.stores[postgres] as Store;
    const values = `exception_text = '${accounts[0]?.password}'`;
    await sql(
      evidence.stores[postgres] as Store,
      `update bsky_api_call_log set ${values} where id = (select min(id) from bsky_api_call_log)`,
    );
    return /bsky_api_call_log on postgresql has the password/;
  },
  async "a token in what a process printed"({ folder, witness }) {
    const output = readdirSync(folder).find((name) => name.endsWith(".output")) ?? "";
    const token = [...witness.secrets.keys()].find((secret) => secret.startsWith("eyJ"));
    appendFileSync(join(folder, output), token ?? "");
    return new RegExp(`${output} has a token`);
  },
  async "an item that is not delivered"({ folder, stores }) {
    const [slot = 0] = stores[postgres]?.slots ?? [];
    const file = deliveredOf(slot, slot, "forward");
    writeFileSync(join(folder, file), "");
    return new RegExp(`${file} lacks \\d+ items`);
  },
  async "an event that is not delivered"({ folder, stores }) {
    const slot = stores[sqlite]?.slots.find(followsStream) ?? 0;
    writeFileSync(join(folder, streamedOf(slot)), "");
    return new RegExp(`${streamedOf(slot)} lacks \\d+ records`);
  },
  async "a session that is lost"({ stores }) {
    const [, account] = stores[sqlite]?.accounts ?? [];
    await sql(stores[sqlite] as Store, `delete from bsky_session where did = '${account?.did}'`);
    return new RegExp(`${account?.did} has 0 sessions`);
  },
  async "memory that grows"({ folder }) {
    const samples = Array.from({ length: 60 }, (_, at) =>
      JSON.stringify({ rss: 1e8 + at * 5e6, used: 5e7 + at * 1e6 }),
    );
    writeFileSync(join(folder, memoryOf(0)), samples.join("\n"));
    return /worker 0 grew by/;
  },
};
