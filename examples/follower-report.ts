/**
 * Who follows an account, who is new since the last report, and who is not followed back: `node follower-report.ts alice.bsky.social`. Without
 * a name it reports on the account that is logged in; with one it needs no account.
 */
import { Client } from "skylex";

const day = 24 * 3_600_000;
await using client = new Client();
const actor = await client.resolveHandle(process.argv[2] ?? (await client.did()));

const followers = await client.app.bsky.graph.getFollowers({ actor, limit: 100 }).collect();
const follows = await client.app.bsky.graph.getFollows({ actor, limit: 100 }).collect();
const followed = new Set(follows.map(({ did }) => did));
const following = new Set(followers.map(({ did }) => did));

// The first report calls nobody new.
const name = `follower-report ${actor}`;
const recent = await client.app.bsky.graph.getFollowers({ actor, limit: 100 }).resume(name, { start: "now" }).collect();

// Figures come from the database where they are less than a day old.
const profiles = await client.profiles.getMany([...following], { maxAge: day });
const byReach = profiles
  .filter((profile) => profile !== undefined)
  .toSorted((one, other) => (other.followersCount ?? 0) - (one.followersCount ?? 0));

const names = (accounts: readonly { readonly handle: string }[]): string =>
  accounts.map(({ handle }) => `@${handle}`).join(" ") || "nobody";

const { handle } = await client.profiles.get(actor, { maxAge: day });
console.log(`@${handle}: ${followers.length} followers, ${follows.length} followed`);
console.log(`New since the last report: ${names(recent)}`);
console.log(`Not followed back: ${names(followers.filter(({ did }) => !followed.has(did)))}`);
console.log(`Do not follow back: ${names(follows.filter(({ did }) => !following.has(did)))}`);
console.log("With most followers of their own:");
for (const { handle: fan, displayName, followersCount } of byReach.slice(0, 10)) {
  console.log(`  ${String(followersCount ?? 0).padStart(9)}  @${fan} ${displayName ?? ""}`.trimEnd());
}
