// A process of its own on a database: `node worker.ts TASK DATABASE`. Says `ready` when it is where the test needs it.
import Database from "better-sqlite3";
import { createStorage } from "../../../src/storage/create.ts";
import { StorageError } from "../../../src/core/errors/index.ts";

const [task = "", database = ""] = process.argv.slice(2);
const storage = createStorage(database, { leaseMs: 1000 });
const ready = (): void => void process.stdout.write("ready\n");
const call = { timestamp: 1, hostname: "h", endpoint: "app.bsky.feed.getTimeline" };
const forever = (): Promise<void> => new Promise(() => void setInterval(() => undefined, 1000));

const tasks: Record<string, () => Promise<void> | void> = {
  /** Ten rows, in an order that mixes with those of others */
  async append() {
    for (let count = 0; count < 5; count++) await storage.calls.append([call, call]);
    await storage.close();
  },
  /** Holds a session's lock until killed */
  async hold() {
    await storage.sessions.withLock("https://pds.example", "did:plc:a", async () => {
      ready();
      await forever();
    });
  },
  /** Holds a lease that would last for ten minutes, until killed */
  async lease() {
    await createStorage(database, { leaseMs: 600_000 }).leases.claim("a");
    ready();
    await forever();
  },
  /** Holds SQLite's write lock until told on stdin to let go */
  lockFile() {
    const connection = new Database(database);
    connection.exec("begin immediate");
    ready();
    process.stdin.once("data", () => {
      connection.exec("commit");
      process.exit();
    });
  },
  /** Ends at once with rows that only the exit handler writes */
  async exit() {
    await storage.open();
    process.once("exit", () => storage.calls.appendSync([call, call]));
    process.exit();
  },
  /** Prints the code of the error that opening gives */
  async code() {
    try {
      await storage.calls.append([call]);
      process.stdout.write("worked");
    } catch (error) {
      process.stdout.write(error instanceof StorageError ? error.code : String(error));
    }
  },
  /** Refreshes a shared session five times: lock, read, store. Prints how often the generation was not the one read */
  async refresh() {
    let lost = 0;
    for (let count = 0; count < 5; count++) {
      await storage.sessions.withLock("https://pds.example", "did:plc:a", async () => {
        const found = await storage.sessions.find("https://pds.example", "did:plc:a");
        if (!found) throw new Error("no session");
        const next = { ...found, accessJwt: `access-${process.pid}-${count}`, createMethod: "refresh" as const };
        if (!(await storage.sessions.save(next, { ifGeneration: found.generation }))) lost++;
      });
    }
    process.stdout.write(String(lost));
    await storage.close();
  },
};

await tasks[task]?.();
