import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = { resolve: { conditions: ["skylex-source"] }, ssr: { resolve: { conditions: ["skylex-source"] } } };

// Accounts, keys and databases of whoever runs the tests are none of the tests' business. PG* names a server for the test
// network at most, which is started outside of the tests.
const env = {
  BSKY_AUTH_USERNAME: "",
  BSKY_AUTH_PASSWORD: "",
  BSKY_SESSION_KEY: "",
  BSKY_SQLITE_FILENAME: ":memory:",
  PGHOST: "",
  PGDATABASE: "",
  PGUSER: "",
  PGPASSWORD: "",
  DB_POSTGRES_URL: "",
};

const guard = new URL("test/loopback-only.mjs", import.meta.url);

/** Nothing outside of this machine is there for tests and what they start. */
const alone = {
  setupFiles: [fileURLToPath(guard)],
  env: { ...env, NODE_OPTIONS: `--import=${guard.href}`, TEST_POSTGRES_HOST: process.env["PGHOST"] ?? "" },
};

const below = (...folders: readonly string[]): string[] => folders.map((folder) => `test/${folder}/**/*.test.ts`);

const storage = below("budget", "storage", "log", "profiles", "cursors", "transcode");
const network = below(
  "network",
  "cli-network",
  "contract",
  "examples",
  "limits",
  "posts",
  "sessions",
  "records",
  "readme",
  "resume",
  "services",
  "stand-ins",
  "validate-network",
  "video-upload",
  "firehose",
);
const packaged = below("package");
const tortured = below("torture");

/**
 * `unit` needs nothing but Node, and is what `npm run check` runs. `storage` starts databases and processes, `network` runs on
 * the official servers, started once for the whole run, `package` on the package as it is published and installed from the
 * registry, and `torture`, when all others are done, on all there is.
 */
export default defineConfig({
  test: {
    projects: [
      {
        ...source,
        test: {
          ...alone,
          name: "unit",
          include: below("*"),
          exclude: [...storage, ...network, ...packaged, ...tortured],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      { ...source, test: { ...alone, name: "storage", include: storage, testTimeout: 60_000, hookTimeout: 60_000 } },
      {
        ...source,
        test: {
          ...alone,
          name: "network",
          include: network,
          globalSetup: ["test/network/global-setup.ts"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        ...source,
        test: {
          name: "package",
          env,
          include: packaged,
          globalSetup: ["test/package/global-setup.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        ...source,
        test: { ...alone, name: "torture", include: tortured, testTimeout: 120_000, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
