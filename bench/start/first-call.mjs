/** One call in a process of its own, until it is answered and logged: `first-call.mjs SERVICE DATABASE`; no DATABASE: bare fetch. */
const [service, storage] = process.argv.slice(2);
if (storage === undefined) {
  const answer = await fetch(`${service}/xrpc/app.bsky.actor.getProfile?actor=bsky.app`);
  await answer.json();
} else {
  const { Client } = await import("skylex");
  const client = new Client({ service, storage });
  await client.app.bsky.actor.getProfile({ actor: "bsky.app" });
  await client.close();
}
const { user, system } = process.cpuUsage();
process.stdout.write(JSON.stringify({ wall: performance.now(), cpu: (user + system) / 1000 }));
