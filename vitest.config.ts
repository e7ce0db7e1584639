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

/** `unit` needs nothing but Node; `network` runs on the official servers, started once for the whole run. */
export default defineConfig({
  test: {
    projects: [
      {
        ...source,
        test: {
          name: "unit",
          env,
          include: ["test/**/*.test.ts"],
          exclude: ["test/network/**", "test/contract/**", "test/sessions/**", "test/readme/**", "test/package/**"],
          testTimeout: 60_000,
        },
      },
      {
        ...source,
        test: {
          name: "network",
          env,
          include: [
            "test/network/**/*.test.ts",
            "test/contract/**/*.test.ts",
            "test/sessions/**/*.test.ts",
            "test/readme/**/*.test.ts",
          ],
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
          include: ["test/package/**/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
