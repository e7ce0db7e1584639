import {
  comAtprotoRepoCreateRecord,
  comAtprotoRepoDeleteRecord,
  comAtprotoRepoGetRecord,
  comAtprotoRepoListRecords,
} from "../../generated/definitions/com.atproto.ts";
import { XrpcError } from "../core/errors/index.ts";
import type { SocialTools } from "./tools.ts";

/** A record that was written, or was there already. */
export interface SocialRef {
  /** at:// URI of the record */
  readonly uri: string;
  /** CID of the record */
  readonly cid: string;
}

/** A record that says what the account has to do with something: there is one for each thing, or none. */
export interface Relation {
  /** `app.bsky.feed.like` */
  readonly collection: string;
  /** What it is about, as the record says it; `createdAt` is added */
  readonly value: Readonly<Record<string, unknown>>;
  /** Tells records about the same thing */
  readonly matches: (value: Readonly<Record<string, unknown>>) => boolean;
  /** What is told apart: the same thing asked for twice at once is done once */
  readonly about: string;
  /** URI of the record as the AppView knows it. `null`: it knows of none. `undefined`: it does not know the thing */
  readonly known: string | null | undefined;
}

/** Writes the record, or gives the one there is. */
export function relate(relation: Relation, tools: SocialTools, signal?: AbortSignal): Promise<SocialRef> {
  return once(tools, `${relation.collection} ${relation.about}`, signal, async (signal) => {
    const there = await findRecord(relation, tools, signal);
    if (there !== undefined) return there;
    const { collection, value } = relation;
    const record = { $type: collection, ...value, createdAt: new Date(tools.clock.now()).toISOString() };
    const repo = await tools.did();
    const { uri, cid } = await tools.call(comAtprotoRepoCreateRecord, { repo, collection, record }, { signal });
    return { uri, cid };
  });
}

/** Deletes the record. Gives whether there was one. */
export function unrelate(relation: Relation, tools: SocialTools, signal?: AbortSignal): Promise<boolean> {
  return once(tools, `undo ${relation.collection} ${relation.about}`, signal, async (signal) => {
    const there = await findRecord(relation, tools, signal);
    if (there === undefined) return false;
    await deleteRecord(there.uri, tools, signal);
    return true;
  });
}

/** Deletes a record by its own URI. Gives whether there was one. */
export async function deleteExisting(uri: string, tools: SocialTools, signal?: AbortSignal): Promise<boolean> {
  const [repo = ""] = uri.slice("at://".length).split("/");
  if ((await readRecord(uri, repo, tools, signal)) === undefined) return false;
  await deleteRecord(uri, tools, signal);
  return true;
}

async function deleteRecord(uri: string, { call }: SocialTools, signal?: AbortSignal): Promise<void> {
  const [repo = "", collection = "", rkey = ""] = uri.slice("at://".length).split("/");
  await call(comAtprotoRepoDeleteRecord, { repo, collection, rkey }, { signal });
}

/**
 * The account's record. The AppView knows old ones at once and new ones after a while, the newest page of the repository the
 * other way round; of what the AppView does not know every page is read.
 */
async function findRecord(
  relation: Relation,
  tools: SocialTools,
  signal?: AbortSignal,
): Promise<SocialRef | undefined> {
  const { collection, known, matches } = relation;
  const repo = await tools.did();
  if (typeof known === "string") {
    const found = await readRecord(known, repo, tools, signal);
    if (found !== undefined) return found;
  }
  const list = tools.call(comAtprotoRepoListRecords, { repo, collection, limit: 100 }, { signal });
  for await (const page of list.pages()) {
    const found = page.records.find(({ value }) => matches(value as Readonly<Record<string, unknown>>));
    if (found !== undefined) return { uri: found.uri, cid: found.cid };
    if (known !== undefined) return undefined;
  }
  return undefined;
}

async function readRecord(
  uri: string,
  repo: string,
  { call }: SocialTools,
  signal?: AbortSignal,
): Promise<SocialRef | undefined> {
  const [, collection = "", rkey = ""] = uri.slice("at://".length).split("/");
  try {
    const { cid } = await call(
      comAtprotoRepoGetRecord,
      { repo, collection, rkey },
      { signal, expectedErrors: ["RecordNotFound"] },
    );
    return cid === undefined ? undefined : { uri, cid };
  } catch (error) {
    // Deleted, and the AppView has yet to learn of it.
    if (error instanceof XrpcError && error.error === "RecordNotFound") return undefined;
    throw error;
  }
}

/** A caller that asks for something that is being done already gets its outcome. */
async function once<Outcome>(
  { sharedWork, did }: SocialTools,
  what: string,
  signal: AbortSignal | undefined,
  act: (signal: AbortSignal) => Promise<Outcome>,
): Promise<Outcome> {
  return sharedWork.run(`${await did()} ${what}`, signal, act);
}
