/**
 * Copies an account to an SQLite file, records and blobs: `node archive.ts alice.bsky.social alice.db`. No account of one's own is needed.
 *
 * Run it again, after a crash or next week, and it adds what is new or was changed; what was deleted meanwhile stays. Records may be
 * written under any key, below those that are known too, so collections are read whole, unless the repository is at the revision of
 * the last complete run.
 */
import Database from "better-sqlite3";
import { Client } from "skylex";

const [actor, file] = process.argv.slice(2);
if (actor === undefined || file === undefined) throw new Error("Usage: node archive.ts HANDLE-OR-DID FILE");

const database = new Database(file);
database.pragma("journal_mode = WAL");
database.exec(`
  CREATE TABLE IF NOT EXISTS record (uri TEXT PRIMARY KEY, cid TEXT NOT NULL, collection TEXT NOT NULL, value TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS done (did TEXT PRIMARY KEY, rev TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS blob (cid TEXT PRIMARY KEY, bytes BLOB NOT NULL);
`);
const keepRecord = database.prepare("INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?)");
const cidOf = database.prepare("SELECT cid FROM record WHERE uri = ?").pluck();
const keepBlob = database.prepare("INSERT OR IGNORE INTO blob VALUES (?, ?)");
const hasBlob = database.prepare("SELECT 1 FROM blob WHERE cid = ?");

await using client = new Client({ storage: database });
const did = await client.resolveHandle(actor);

// Taken first: what is written while this runs has a later revision, and is found by the next run.
const { rev } = await client.com.atproto.sync.getLatestCommit({ did });
const isNew = database.prepare("SELECT rev FROM done WHERE did = ?").pluck().get(did) !== rev;

const { collections } = await client.com.atproto.repo.describeRepo({ repo: did });
for (const collection of isNew ? collections : []) {
  let count = 0;
  const records = client.com.atproto.repo.listRecords({ repo: did, collection, limit: 100 });
  for await (const page of records.pages()) {
    const items = page.records.filter(({ uri, cid }) => cidOf.get(uri) !== cid);
    if (items.length === 0) continue;
    database.transaction(() => {
      for (const { uri, cid, value } of items) keepRecord.run(uri, cid, collection, JSON.stringify(value));
    })();
    count += items.length;
    console.log(`${collection}: ${count} new`);
  }
}

let blobs = 0;
let bytes = 0;
for await (const cid of client.com.atproto.sync.listBlobs({ did })) {
  if (hasBlob.get(cid) !== undefined) continue;
  const blob = await client.com.atproto.sync.getBlob({ did, cid });
  keepBlob.run(cid, blob);
  blobs += 1;
  bytes += blob.length;
  console.log(`blobs: ${blobs} new, ${bytes} bytes`);
}
database.prepare("INSERT OR REPLACE INTO done VALUES (?, ?)").run(did, rev);
const total = database.prepare("SELECT (SELECT count(*) FROM record) AS records, (SELECT count(*) FROM blob) AS blobs");
console.log(`${file} holds`, total.get());
