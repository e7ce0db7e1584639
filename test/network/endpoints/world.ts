import { inject } from "vitest";
import type { BlobRef } from "../../../src/index.ts";
import { processAll } from "../../support/servers/control.ts";
import { join, post, write, type Person, type Ref } from "./accounts.ts";
import { makePng } from "./png.ts";
import { startWitness, type Witness } from "./witness.ts";

/** Something for every endpoint to find. */
export interface World {
  readonly witness: Witness;
  readonly alice: Person;
  readonly bob: Person;
  /** Alice follows Bob and blocks Carol. */
  readonly carol: Person;
  readonly picture: Uint8Array;
  readonly blob: BlobRef;
  /** A word that is in Alice's post and in nobody else's. */
  readonly word: string;
  /** Alice's, with a picture */
  readonly post: Ref;
  /** Bob's answer to it */
  readonly reply: Ref;
  /** Bob's post that quotes it */
  readonly quote: Ref;
  /** Alice's list, which holds Bob */
  readonly list: Ref;
  /** Alice's list for moderation, which she blocks */
  readonly blocklist: Ref;
  readonly pack: Ref;
  readonly feed: Ref;
}

/** An endpoint under its own name: calls it through the tree and gives its data. */
export type Cases = Readonly<Record<string, (world: World) => Promise<unknown>>>;

export async function seedWorld(): Promise<World> {
  const network = inject("network");
  const witness = startWitness();
  const [alice, bob, carol] = await Promise.all([
    join(network.pds, { fetch: witness.fetch }),
    join(network.pds, { fetch: witness.fetch }),
    join(network.pds, { fetch: witness.fetch }),
  ]);
  const word = `w${alice.did.slice(8, 20)}`;
  const picture = makePng(40, 90);
  const { blob } = await alice.client.com.atproto.repo.uploadBlob(picture);
  const target = await post(alice, `${word} with a picture`, {
    embed: {
      $type: "app.bsky.embed.images",
      images: [{ alt: "grey", image: blob, aspectRatio: { width: 40, height: 40 } }],
    },
  });
  await write(alice, "app.bsky.actor.profile", { displayName: `Alice ${word}`, description: "Writes tests" }, "self");
  await write(alice, "app.bsky.graph.follow", { subject: bob.did });
  await write(alice, "app.bsky.graph.block", { subject: carol.did });
  await write(bob, "app.bsky.graph.follow", { subject: alice.did });
  await write(bob, "app.bsky.feed.like", { subject: target });
  await write(bob, "app.bsky.feed.repost", { subject: target });
  const reply = await post(bob, "an answer", { reply: { root: target, parent: target } });
  const quote = await post(bob, "look at this", { embed: { $type: "app.bsky.embed.record", record: target } });
  const list = await write(alice, "app.bsky.graph.list", { name: "people", purpose: "app.bsky.graph.defs#curatelist" });
  await write(alice, "app.bsky.graph.listitem", { subject: bob.did, list: list.uri });
  const blocklist = await write(alice, "app.bsky.graph.list", {
    name: "away",
    purpose: "app.bsky.graph.defs#modlist",
  });
  await write(alice, "app.bsky.graph.listblock", { subject: blocklist.uri });
  const pack = await write(alice, "app.bsky.graph.starterpack", { name: `pack ${word}`, list: list.uri });
  const feed = await write(alice, "app.bsky.feed.generator", { did: "did:web:feeds.example", displayName: "feed" });
  await processAll(network);
  return { witness, alice, bob, carol, picture, blob, word, post: target, reply, quote, list, blocklist, pack, feed };
}
