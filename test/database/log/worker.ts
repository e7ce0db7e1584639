// A program of a user's, for what the end of a process does to rows: `node worker.ts TASK DATABASE [SERVER]`.
import { Client } from "../../../src/index.ts";

const [task = "", database = "", service = "http://127.0.0.1:9"] = process.argv.slice(2);
const answers = async (): Promise<Response> => Response.json({ did: "did:plc:x" });
const withAnswers = (): Client => new Client({ storage: database, fetch: answers });
const read = async (client: Client): Promise<void> => {
  for (let count = 0; count < 3; count++) await client.app.bsky.actor.getProfile({ actor: "a.test" });
};

const tasks: Record<string, () => Promise<void>> = {
  /** Forgets to close, and has nothing left to do */
  async forget() {
    await read(withAnswers());
  },
  /** Ends before the database is open */
  async exit() {
    await read(withAnswers());
    process.exit();
  },
  /** Ends when the database is open, with rows that wait */
  async exitLater() {
    const client = withAnswers();
    await read(client);
    await client.log.flush();
    await read(client);
    process.exit();
  },
  /** Dies of an error nobody catches */
  async throws() {
    const client = withAnswers();
    await read(client);
    await client.log.flush();
    await read(client);
    setImmediate(() => {
      throw new Error("nobody catches this");
    });
  },
  /** Ends with a write whose row another connection kept from being stored */
  async exitLocked() {
    const { default: Database } = await import("better-sqlite3");
    const client = new Client({ storage: database, fetch: answers, service, accessToken: "token", logLevel: "error" });
    await client.log.query();
    const holder = new Database(database);
    holder.exec("begin immediate");
    await client.com.atproto.repo.createRecord({ repo: "did:plc:a", collection: "a.b.c", record: {} });
    holder.exec("commit");
    process.exit();
  },
  /** Reads, says so, and waits for a signal, which it handles as a program should */
  async handlesSignal() {
    const client = withAnswers();
    process.once("SIGTERM", () => void client.close().then(() => process.exit()));
    await client.log.flush();
    await read(client);
    process.stdout.write("ready\n");
    setInterval(() => undefined, 1000);
  },
  /** Sends a write to a server that never answers, until killed */
  async write() {
    const client = new Client({ storage: database, service, accessToken: "token" });
    await client.com.atproto.repo.createRecord({ repo: "did:plc:a", collection: "a.b.c", record: {} });
  },
};

await tasks[task]?.();
