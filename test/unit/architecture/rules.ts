/** A room of the code and what may be imported in it. */
export interface Room {
  /** Files of the room: paths from the root that start with it. The longest match wins */
  readonly path: string;
  /** Prefixes of paths that the room may import, itself not needing mention */
  readonly imports: readonly string[];
  /** Prefixes that it may import types of, which leave nothing at run time */
  readonly types?: readonly string[];
  /** Packages, loaded when the module is */
  readonly packages?: readonly string[];
  /** Packages loaded on first use, by `await import()`, or for their types only */
  readonly lazy?: readonly string[];
}

export const rooms: readonly Room[] = [
  { path: "src/core/", imports: [], lazy: ["node:http", "node:net", "node:stream", "node:zlib"] },
  {
    path: "src/core/http/public-addresses.ts",
    imports: ["src/core/"],
    packages: ["ipaddr.js"],
    lazy: ["node:dns", "node:net"],
  },
  { path: "src/budget/", imports: ["src/core/"], types: ["src/storage/ports/"] },
  { path: "src/routing/", imports: ["src/core/"] },
  { path: "src/write-reconciliation/", imports: ["src/core/"], lazy: ["@atcute/cbor", "@atcute/cid"] },
  {
    path: "src/middleware/",
    imports: ["src/core/", "src/budget/", "src/routing/", "src/write-reconciliation/", "src/validate/checks.ts"],
    types: ["src/log/", "src/storage/ports/", "src/validate/"],
  },
  {
    path: "src/validate/",
    imports: ["src/core/", "src/richtext/check-facets.ts", "src/richtext/graphemes.ts"],
    packages: ["@atproto/lexicon"],
  },
  {
    path: "src/explain/",
    imports: [
      "src/core/",
      "src/budget/",
      "src/log/",
      "src/routing/",
      "src/write-reconciliation/",
      "src/validate/checks.ts",
    ],
    types: ["src/auth/accounts.ts"],
  },
  { path: "src/log/", imports: ["src/core/"], types: ["src/storage/ports/"] },
  { path: "src/identity/", imports: ["src/core/", "generated/definitions/com.atproto.ts"] },
  {
    path: "src/auth/",
    imports: ["src/core/", "src/identity/", "generated/definitions/com.atproto.ts"],
    types: ["src/storage/ports/"],
  },
  {
    path: "src/storage/",
    imports: ["src/storage/", "src/core/errors/", "src/core/identifiers.ts"],
    lazy: ["node:crypto"],
  },
  {
    path: "src/storage/sql/",
    imports: [
      "src/storage/",
      "src/core/errors/",
      "src/core/identifiers.ts",
      "src/core/optional-package.ts",
      "migrations/",
    ],
    packages: [
      "node:fs",
      "node:timers/promises",
      "node:url",
      "better-sqlite3",
      "kysely",
      "@mikro-orm/core",
      "@mikro-orm/migrations",
      "@mikro-orm/sql",
    ],
    lazy: ["@mikro-orm/postgresql", "@mikro-orm/sqlite"],
  },
  {
    path: "src/media/",
    imports: ["src/core/", "src/version.ts", "generated/definitions/", "generated/blob-slots.ts"],
    types: ["src/storage/ports/", "generated/types.ts"],
    packages: [
      "node:crypto",
      "node:fs/promises",
      "node:http",
      "node:https",
      "node:net",
      "node:os",
      "node:path",
      "node:stream",
      "node:url",
      "node:zlib",
    ],
    lazy: ["sharp"],
  },
  {
    path: "src/media/video/ffmpeg.ts",
    imports: ["src/media/", "src/core/optional-package.ts"],
    lazy: ["fluent-ffmpeg"],
  },
  {
    path: "src/profiles/",
    imports: ["src/core/", "generated/definitions/"],
    types: ["src/storage/ports/", "generated/types.ts"],
  },
  {
    path: "src/records/",
    imports: ["src/core/", "src/budget/", "src/write-reconciliation/", "generated/definitions/"],
    types: ["generated/types.ts"],
  },
  {
    path: "src/posts/",
    imports: ["src/core/", "src/richtext/", "src/media/", "generated/definitions/"],
    types: ["src/storage/ports/", "generated/types.ts"],
    packages: ["@atcute/cbor", "@atcute/cid", "node:crypto", "node:fs/promises", "node:path", "node:util"],
    lazy: ["htmlparser2"],
  },
  {
    path: "src/social/",
    imports: ["src/core/", "src/richtext/", "src/posts/", "generated/definitions/"],
    types: ["generated/types.ts"],
  },
  {
    path: "src/richtext/",
    imports: ["src/core/errors/", "src/core/lexicon/issue.ts", "src/core/identifiers.ts"],
    types: ["generated/types.ts"],
    packages: ["entities", "htmlparser2", "remark", "remark-gfm"],
    lazy: ["mdast"],
  },
  { path: "src/cursors/", imports: ["src/core/"], types: ["src/storage/ports/"] },
  { path: "src/testing/", imports: ["src/storage/"], types: ["src/core/", "src/client/options.ts"] },
  {
    path: "migrations/",
    imports: ["src/storage/sql/"],
    packages: ["@mikro-orm/core", "@mikro-orm/migrations", "@mikro-orm/sql"],
  },
  {
    path: "src/streams/",
    imports: ["src/core/"],
    types: ["src/storage/ports/"],
    packages: ["@atcute/car", "@atcute/cbor", "@atcute/cid", "@atproto/ws-client"],
  },
  {
    path: "src/cli/",
    imports: [
      "src/index.ts",
      "src/version.ts",
      // Rules of text that the terminal and the library share, and that load nothing.
      "src/core/control-characters.ts",
      "src/core/counted.ts",
      "src/core/identifiers.ts",
      "generated/definitions.ts",
    ],
    packages: [
      "commander",
      "node:child_process",
      "node:fs",
      "node:fs/promises",
      "node:module",
      "node:path",
      "node:readline",
      "node:stream",
      "node:stream/consumers",
      "node:stream/promises",
      "node:timers/promises",
      "node:util",
    ],
  },
  {
    path: "src/cli/commands/",
    imports: ["src/cli/", "src/version.ts", "src/core/counted.ts"],
    types: ["src/index.ts"],
    packages: [
      "commander",
      "node:child_process",
      "node:fs",
      "node:fs/promises",
      "node:path",
      "node:stream/promises",
      "node:timers/promises",
      "node:util",
    ],
    lazy: ["sharp"],
  },
  // The generator's own command and comparison, under one roof with the others.
  { path: "src/cli/commands/codegen.ts", imports: ["src/cli/", "codegen/cli.ts"], packages: ["commander"] },
  { path: "src/cli/commands/lexicon.ts", imports: ["src/cli/", "codegen/diff.ts"], packages: ["commander"] },
  { path: "src/runtime.ts", imports: ["src/core/"] },
  {
    path: "src/client/options.ts",
    imports: [],
    types: ["src/budget/", "src/core/", "src/log/", "src/media/", "src/routing/", "src/storage/"],
  },
  { path: "src/version.ts", imports: [] },
  { path: "src/client/client.ts", imports: ["src/", "generated/root.ts"] },
  {
    path: "src/client/actions.ts",
    imports: ["src/core/", "src/posts/", "src/social/", "generated/root.ts"],
    types: ["src/client/client-context.ts", "src/richtext/", "generated/types.ts"],
  },
  { path: "src/client/client-runtime.ts", imports: ["src/"] },
  { path: "src/client/client-context.ts", imports: ["src/"] },
  {
    path: "src/streams/subscribe.ts",
    imports: ["src/core/", "src/streams/index.ts"],
    types: ["src/streams/", "generated/types.ts"],
  },
  { path: "src/client/endpoint-lookup.ts", imports: ["src/core/", "generated/root.ts"] },
  {
    path: "src/index.ts",
    imports: [
      "src/client/client.ts",
      "src/core/",
      "src/media/prepare.ts",
      "src/posts/post.ts",
      "src/richtext/rich-text.ts",
      "src/core/errors/",
    ],
    types: ["src/", "generated/types.ts"],
  },
  { path: "generated/", imports: ["#runtime"] },
  {
    path: "codegen/",
    imports: [],
    packages: ["node:crypto", "node:fs", "node:module", "node:path", "node:util"],
    lazy: ["@atproto/api", "@atproto/lexicon", "ts-morph"],
  },
];

/** Modules nobody but these may import: the one place where everything comes together. */
export const onlyFor: Readonly<Record<string, readonly string[]>> = {
  "src/client/client.ts": ["src/index.ts"],
  "src/client/actions.ts": ["src/client/client.ts", "src/index.ts"],
  "src/client/client-context.ts": ["src/client/client.ts", "src/client/actions.ts"],
  "src/client/client-runtime.ts": ["src/client/client-context.ts"],
  "src/index.ts": ["src/cli/client.ts"],
};

/** Layers do not know each other; their order is known to `index.ts` alone. */
export const strangers = {
  folder: "src/middleware/",
  except: "src/middleware/index.ts",
};
