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

const guard = new URL("test/support/loopback-only.mjs", import.meta.url);

/** Nothing outside of this machine is there for tests and what they start. */
const alone = {
  setupFiles: [fileURLToPath(guard)],
  env: { ...env, NODE_OPTIONS: `--import=${guard.href}`, TEST_POSTGRES_HOST: process.env["PGHOST"] ?? "" },
};

/** A tier is a folder, so that a new test cannot land in the wrong one. */
const testsOf = (tier: string): string[] => [`test/${tier}/**/*.test.ts`];

/**
 * `unit` needs nothing but Node, and is what `npm run check` runs. `database` starts databases and processes. `network` runs on
 * the official servers, which are started once for the whole run. `package` tests the package as it is published, installed from
 * the registry. `torture` runs after all others and uses everything.
 */
export default defineConfig({
  test: {
    projects: [
      {
        ...source,
        test: {
          ...alone,
          name: "unit",
          include: testsOf("unit"),
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        ...source,
        test: { ...alone, name: "database", include: testsOf("database"), testTimeout: 60_000, hookTimeout: 60_000 },
      },
      {
        ...source,
        test: {
          ...alone,
          name: "network",
          include: testsOf("network"),
          globalSetup: ["test/support/servers/global-setup.ts"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        ...source,
        test: {
          name: "package",
          env,
          include: testsOf("package"),
          globalSetup: ["test/package/global-setup.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        ...source,
        test: {
          ...alone,
          name: "torture",
          include: testsOf("torture"),
          testTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
