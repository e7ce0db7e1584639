import {
  appBskyActorGetProfile,
  appBskyGraphGetList,
  appBskyGraphGetListsWithMembership,
  appBskyGraphMuteActor,
  appBskyGraphUnmuteActor,
} from "../../generated/definitions/app.bsky.ts";
import { comAtprotoIdentityUpdateHandle } from "../../generated/definitions/com.atproto.ts";
import { XrpcError } from "../core/errors/index.ts";
import type { AppBskyActorDefs, AppBskyGraphDefs } from "../../generated/types.ts";
import type { PostReference } from "../posts/content.ts";
import { uriOf } from "../posts/references/reference.ts";
import { bareName, isHandle } from "../core/identifiers.ts";
import { type ActorReference, didOfActor, refused } from "./actor.ts";
import { deleteExisting, relate, type Relation, type SocialRef, unrelate } from "./relation.ts";
import { findSubject, placeOf } from "./subject.ts";
import type { SocialTools } from "./tools.ts";

type Signal = AbortSignal | undefined;
type Verb = "like" | "repost";

const collections = { like: "app.bsky.feed.like", repost: "app.bsky.feed.repost" } as const;

/** Likes or reposts a post. */
export async function react(verb: Verb, post: PostReference, tools: SocialTools, signal: Signal): Promise<SocialRef> {
  return relate(await reaction(verb, post, tools, signal), tools, signal);
}

/** Takes a like or repost back. */
export async function unreact(verb: Verb, post: PostReference, tools: SocialTools, signal: Signal): Promise<boolean> {
  const place = await placeOf(post, tools);
  if (place.collection !== collections[verb]) return unrelate(await reaction(verb, post, tools, signal), tools, signal);
  return deleteExisting(uriOf(place), tools, signal);
}

async function reaction(verb: Verb, post: PostReference, tools: SocialTools, signal: Signal): Promise<Relation> {
  const { ref, ...known } = await findSubject(await placeOf(post, tools), tools, signal);
  return {
    collection: collections[verb],
    value: { subject: ref },
    about: ref.uri,
    matches: ({ subject }) => (subject as Partial<SocialRef> | undefined)?.uri === ref.uri,
    known: known[verb],
  };
}

type Bond = "follow" | "block";

/** What the AppView says of accounts without a profile */
const absent: readonly string[] = ["InvalidRequest", "AccountTakedown", "AccountDeactivated"];

/** Follows or blocks an account. */
export async function bind(bond: Bond, actor: ActorReference, tools: SocialTools, signal: Signal): Promise<SocialRef> {
  return relate(await relationTo(bond, actor, tools, signal), tools, signal);
}

/** Ends following or blocking an account. */
export async function unbind(bond: Bond, actor: ActorReference, tools: SocialTools, signal: Signal): Promise<boolean> {
  const collection = `app.bsky.graph.${bond}`;
  const uri = typeof actor === "string" && actor.includes(`/${collection}/`) ? actor : undefined;
  if (uri === undefined) return unrelate(await relationTo(bond, actor, tools, signal), tools, signal);
  return deleteExisting(uri, tools, signal);
}

async function relationTo(bond: Bond, actor: ActorReference, tools: SocialTools, signal: Signal): Promise<Relation> {
  const did = await didOfActor(actor, tools);
  if (did === (await tools.did())) throw refused(`An account cannot ${bond} itself`);
  const viewer = await viewerOf(did, tools, signal);
  return {
    collection: `app.bsky.graph.${bond}`,
    value: { subject: did },
    about: did,
    matches: ({ subject }) => subject === did,
    known: viewer && ((bond === "follow" ? viewer.following : viewer.blocking) ?? null),
  };
}

/** What the account has to do with another, as far as the AppView knows; `undefined` when it does not know that account. */
async function viewerOf(
  actor: string,
  { call }: SocialTools,
  signal: Signal,
): Promise<AppBskyActorDefs.ViewerState | undefined> {
  const result = await call(appBskyActorGetProfile, { actor }, { signal, expectedErrors: absent }).result();
  if (result.ok) return result.data.viewer ?? {};
  // Suspended and deleted accounts have no profile; they can be unfollowed all the same.
  if (result.error instanceof XrpcError && absent.includes(result.error.error ?? "")) return undefined;
  throw result.error;
}

/** Mutes an account, or ends it. */
export async function setMuted(
  muted: boolean,
  actor: ActorReference,
  tools: SocialTools,
  signal: Signal,
): Promise<void> {
  const definition = muted ? appBskyGraphMuteActor : appBskyGraphUnmuteActor;
  await tools.call(definition, { actor: await didOfActor(actor, tools) }, { signal });
}

/** A list: `at://` URI, `https://bsky.app/profile/…/lists/…` URL, or a view of it. */
export type ListReference = PostReference;

async function listUri(list: ListReference, tools: SocialTools): Promise<string> {
  const place = await placeOf(list, tools);
  if (place.collection !== "app.bsky.graph.list") throw refused(`${uriOf(place)} is no list`);
  return uriOf(place);
}

async function membership(
  list: ListReference,
  actor: ActorReference,
  tools: SocialTools,
  signal: Signal,
): Promise<Relation> {
  const [uri, did] = await Promise.all([listUri(list, tools), didOfActor(actor, tools)]);
  return {
    collection: "app.bsky.graph.listitem",
    value: { list: uri, subject: did },
    about: `${uri} ${did}`,
    matches: (value) => value["list"] === uri && value["subject"] === did,
    known: await itemOf(uri, did, tools, signal),
  };
}

async function itemOf(
  list: string,
  actor: string,
  { call }: SocialTools,
  signal: Signal,
): Promise<string | null | undefined> {
  for await (const { list: one, listItem } of call(
    appBskyGraphGetListsWithMembership,
    { actor, limit: 100 },
    { signal },
  )) {
    if (one.uri === list) return listItem?.uri ?? null;
  }
  return undefined;
}

export async function addToList(
  list: ListReference,
  actor: ActorReference,
  tools: SocialTools,
  signal: Signal,
): Promise<SocialRef> {
  const [place, own] = await Promise.all([placeOf(list, tools), tools.did()]);
  if (place.repo !== own) {
    throw refused(`${uriOf(place)} is a list of another account. Apps ignore members that its owner did not add`);
  }
  return relate(await membership(list, actor, tools, signal), tools, signal);
}

export async function removeFromList(
  list: ListReference,
  actor: ActorReference,
  tools: SocialTools,
  signal: Signal,
): Promise<boolean> {
  return unrelate(await membership(list, actor, tools, signal), tools, signal);
}

/** The members of a list, one page after another. */
export async function* listMembers(
  list: ListReference,
  tools: SocialTools,
  signal: Signal,
): AsyncGenerator<AppBskyActorDefs.ProfileView, void, void> {
  const uri = await listUri(list, tools);
  for await (const { subject } of tools.call(
    appBskyGraphGetList,
    { list: uri, limit: 100 },
    { signal },
  ) as AsyncIterable<AppBskyGraphDefs.ListItemView>) {
    yield subject;
  }
}

/** Gives the account another handle. */
export async function updateHandle(handle: string, { call }: SocialTools, signal: Signal): Promise<void> {
  const name = bareName(handle);
  if (!isHandle(name)) throw refused(`${JSON.stringify(handle)} is no handle`);
  await call(comAtprotoIdentityUpdateHandle, { handle: name }, { signal });
}
