import type { CallAccount } from "../core/call/call-account.ts";
import { beforeSending } from "../core/call/call-account.ts";
import type { Clock } from "../core/clock.ts";
import { isDid, isHandle } from "../core/identifiers.ts";
import type { RecordKeyKind } from "../core/lexicon/definition.ts";
import { NotAuthenticatedError, ValidationError } from "../core/errors/index.ts";
import type { CallRequest, Preparation } from "../core/pipeline.ts";
import { copyRequest } from "../core/call/input.ts";
import { nextTid } from "../core/tid.ts";

export interface CompleteRecordInputConfig {
  readonly clock: Clock;
  readonly random: () => number;
  /** How the keys of a collection are made; `undefined` for collections that no lexicon knows */
  readonly keyKind: (collection: string) => RecordKeyKind | undefined;
}

/** The DID that a handle belongs to; `undefined` if it belongs to nobody. */
export type DidOf = (handle: string, account: CallAccount | undefined) => Promise<string | undefined>;

type Fields = Readonly<Record<string, unknown>>;

/** Calls about a repository, and where they name it. */
const repositoryCalls: Readonly<Record<string, "input" | "params">> = {
  "com.atproto.repo.createRecord": "input",
  "com.atproto.repo.putRecord": "input",
  "com.atproto.repo.deleteRecord": "input",
  "com.atproto.repo.applyWrites": "input",
  "com.atproto.repo.getRecord": "params",
  "com.atproto.repo.listRecords": "params",
};

/**
 * Fills in what calls about a repository leave out: the account's own repository, and the keys of new records. With its key
 * a write can be recognised, so that a lost answer never leads to a second record. What was given is copied first: whatever
 * its owner does to it, every attempt sends the same.
 */
export function completeRecordInput(config: CompleteRecordInputConfig): Preparation {
  return (request) => {
    const part = repositoryCalls[request.definition.nsid];
    return part === undefined ? request : complete(request, part, config);
  };
}

async function complete(
  request: CallRequest,
  part: "input" | "params",
  config: CompleteRecordInputConfig,
): Promise<CallRequest> {
  const kept = copyRequest(request);
  const given = fieldsOf(kept[part]);
  if (given === undefined) return kept;
  const isWrite = part === "input";
  const keyed = isWrite ? withKeys(given, kept, config) : given;
  const { repo = (await ownDid(kept)) ?? unknownOwner(kept), collection, rkey } = keyed;
  if (isWrite && typeof repo === "string" && isDid(repo) && writesAsItself(kept)) {
    const did = await ownDid(kept);
    if (did !== undefined && did !== repo) throw notOwn(kept, repo, did);
  }
  const address = [repo, collection, rkey];
  if (address.every((one) => typeof one === "string")) kept.trace.subject = `at://${address.join("/")}`;
  return { ...kept, [part]: { ...keyed, repo } };
}

/**
 * Refuses writes to a repository that is named by the handle of another account. The handle has to be looked up, so this comes
 * after everything that can be refused without a request. Where the look-up fails, the server decides.
 */
export function refuseForeignHandle(didOf: DidOf): Preparation {
  return (request) => {
    if (repositoryCalls[request.definition.nsid] !== "input" || !writesAsItself(request)) return request;
    const { repo } = fieldsOf(request.input) ?? {};
    if (typeof repo !== "string" || !isHandle(repo)) return request;
    return checkOwner(request, repo, didOf);
  };
}

async function checkOwner(request: CallRequest, handle: string, didOf: DidOf): Promise<CallRequest> {
  const own = await ownDid(request);
  if (own === undefined || request.account?.owns(handle) === true) return request;
  const owner = await didOf(handle, request.account).catch(() => undefined);
  if (owner !== undefined && owner !== own) throw notOwn(request, handle, own);
  return request;
}

const fieldsOf = (value: unknown): Fields | undefined =>
  value !== null && typeof value === "object" && !ArrayBuffer.isView(value) ? (value as Fields) : undefined;

/** Records without a key get one, where their kind lets anybody make it. */
function withKeys(input: Fields, { definition }: CallRequest, config: CompleteRecordInputConfig): Fields {
  const keyed = (write: Fields): Fields => {
    const { collection, rkey } = write;
    if (rkey !== undefined || typeof collection !== "string") return write;
    const kind = config.keyKind(collection) ?? "any";
    if (kind === "nsid") return write;
    const literal = kind.startsWith("literal:") ? kind.slice("literal:".length) : undefined;
    return { ...write, rkey: literal ?? nextTid(config.clock, config.random) };
  };
  if (definition.nsid === "com.atproto.repo.createRecord") return keyed(input);
  if (definition.nsid !== "com.atproto.repo.applyWrites" || !Array.isArray(input["writes"])) return input;
  const writes = (input["writes"] as readonly unknown[]).map((write) => {
    const fields = fieldsOf(write);
    return fields?.["$type"] === "com.atproto.repo.applyWrites#create" ? keyed(fields) : write;
  });
  return { ...input, writes };
}

/** Whoever sends a token of their own, or to a server of their own, knows whose repository they mean. */
const writesAsItself = ({ account, headers, options }: CallRequest): boolean =>
  account !== undefined && !("authorization" in headers) && options.service === undefined;

async function ownDid(request: CallRequest): Promise<string | undefined> {
  const { account, definition } = request;
  if (account === undefined) {
    const { nsid, kind } = definition;
    const advice = kind === "query" ? "say whose records you mean, { repo }, or give it one" : "give it one";
    throw new NotAuthenticatedError(
      `${nsid} needs an account, and this client has none: ${advice}, new Client({ identifier, password }), or client.login(identifier, password). Nothing was sent.`,
      { nsid },
    );
  }
  try {
    return await account.did(request);
  } catch (error) {
    throw beforeSending(error, definition.nsid);
  }
}

function unknownOwner({ definition: { nsid } }: CallRequest): never {
  throw new NotAuthenticatedError(
    `${nsid}: the access token of this client does not say whose it is. Say whose repository you mean: { repo }. Nothing was sent.`,
    { nsid },
  );
}

/** The server would refuse it as well, in words that say less, and charge for it. */
function notOwn({ definition: { nsid } }: CallRequest, repo: string, did: string): never {
  const message = `is the repository of ${repo}, but this client writes as ${did}`;
  throw new ValidationError(`${nsid}: input.repo ${message}. Nothing was sent.`, {
    nsid,
    issues: [{ path: "input.repo", message }],
  });
}
