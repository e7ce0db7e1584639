/**
 * Says something as many accounts, once a day, from as many processes as you like: `node many-accounts.ts "Good morning"`. Sessions, keys and
 * budgets are in one PostgreSQL, so that processes neither post twice nor log in twice.
 *
 * ACCOUNTS=alice.bsky.social:app-password,bob.bsky.social:app-password logs accounts in; later runs do without. PGHOST, PGUSER, PGDATABASE and
 * PGPASSWORD name the database.
 */
import { Client } from "skylex";

const text = process.argv[2] ?? "Good morning";
const today = new Date().toISOString().slice(0, 10);
await using client = new Client();

for (const account of (process.env["ACCOUNTS"] ?? "").split(",").filter(Boolean)) {
  const [, identifier = "", password = ""] = /^(.*?):(.*)$/.exec(account) ?? [];
  // One that is logged in already costs no login.
  await client.with({ account: identifier }).login(identifier, password);
}

const sessions = await client.sessions.list();
await Promise.all(
  sessions.map(async ({ did, handle }) => {
    const { existing, url } = await client.with({ account: did }).createPost(text, { key: `daily ${today}` });
    const left = await client.with({ account: did }).budget.remaining();
    console.log(`@${handle}: ${existing ? "has said so today" : "posted"}, ${url}, ${left} points left`);
  }),
);
