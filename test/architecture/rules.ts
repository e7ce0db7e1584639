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
  { path: "src/core/", imports: [], lazy: ["node:http", "node:stream"] },
  { path: "src/budget/", imports: ["src/core/"], types: ["src/storage/ports.ts"] },
  { path: "src/routing/", imports: ["src/core/"] },
  { path: "src/settlement/", imports: ["src/core/"], lazy: ["@atcute/cbor", "@atcute/cid"] },
  {
    path: "src/middleware/",
    imports: ["src/core/", "src/budget/", "src/routing/", "src/settlement/", "src/validate/checks.ts"],
    types: ["src/log/", "src/storage/ports.ts", "src/validate/"],
  },
  {
    path: "src/validate/",
    imports: ["src/core/", "src/richtext/check-facets.ts", "src/richtext/graphemes.ts"],
    packages: ["@atproto/lexicon"],
  },
  {
    path: "src/explain/",
    imports: ["src/core/", "src/budget/", "src/log/", "src/routing/", "src/settlement/", "src/validate/checks.ts"],
    types: ["src/auth/accounts.ts"],
  },
  { path: "src/log/", imports: ["src/core/"], types: ["src/storage/ports.ts"] },
  {
    path: "src/auth/",
    imports: ["src/core/", "generated/definitions/com.atproto.ts"],
    types: ["src/storage/ports.ts"],
  },
  { path: "src/storage/", imports: ["src/storage/", "src/core/errors.ts"], lazy: ["node:crypto"] },
  {
    path: "src/storage/mikro-orm/",
    imports: ["src/storage/", "src/core/optional-package.ts", "migrations/"],
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
    types: ["src/storage/ports.ts", "generated/types.ts"],
    packages: [
      "node:crypto",
      "node:dns",
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
  { path: "src/media/ffmpeg.ts", imports: ["src/media/", "src/core/optional-package.ts"], lazy: ["fluent-ffmpeg"] },
  {
    path: "src/profiles/",
    imports: ["src/core/", "generated/definitions/"],
    types: ["src/storage/ports.ts", "generated/types.ts"],
  },
  {
    path: "src/records/",
    imports: ["src/core/", "src/budget/", "src/settlement/", "generated/definitions/"],
    types: ["generated/types.ts"],
  },
  {
    path: "src/post/",
    imports: ["src/core/", "src/richtext/", "src/media/", "generated/definitions/"],
    types: ["src/storage/ports.ts", "generated/types.ts"],
    packages: ["@atcute/cbor", "@atcute/cid", "node:crypto", "node:fs/promises", "node:path"],
  },
  {
    path: "src/social/",
    imports: ["src/core/", "src/richtext/", "src/post/", "generated/definitions/"],
    types: ["generated/types.ts"],
  },
  {
    path: "src/richtext/",
    imports: ["src/core/errors.ts", "src/core/issue.ts", "src/core/syntax.ts"],
    types: ["generated/types.ts"],
    packages: ["remark-gfm", "remark-parse", "unified"],
    lazy: ["mdast"],
  },
  { path: "src/cursors/", imports: ["src/core/"], types: ["src/storage/ports.ts"] },
  { path: "src/testing/", imports: ["src/storage/"], types: ["src/core/", "src/options.ts"] },
  {
    path: "migrations/",
    imports: ["src/storage/mikro-orm/"],
    packages: ["@mikro-orm/core", "@mikro-orm/migrations", "@mikro-orm/sql"],
  },
  {
    path: "src/streams/",
    imports: ["src/core/"],
    types: ["src/storage/ports.ts"],
    packages: ["@atcute/car", "@atcute/cbor", "@atcute/cid", "@atproto/ws-client"],
  },
  {
    path: "src/cli/",
    imports: ["src/index.ts", "src/version.ts", "generated/definitions.ts"],
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
    imports: ["src/cli/", "src/version.ts"],
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
    path: "src/options.ts",
    imports: [],
    types: ["src/budget/", "src/core/", "src/log/", "src/media/", "src/routing/", "src/storage/"],
  },
  { path: "src/version.ts", imports: [] },
  { path: "src/client.ts", imports: ["src/", "generated/root.ts"] },
  {
    path: "src/actions.ts",
    imports: ["src/core/", "src/post/", "src/social/", "generated/root.ts"],
    types: ["src/parts.ts", "src/richtext/", "generated/types.ts"],
  },
  { path: "src/assembly.ts", imports: ["src/"] },
  { path: "src/parts.ts", imports: ["src/"] },
  {
    path: "src/subscriptions.ts",
    imports: ["src/core/", "src/streams/index.ts"],
    types: ["src/streams/", "generated/types.ts"],
  },
  { path: "src/by-nsid.ts", imports: ["src/core/", "generated/root.ts"] },
  {
    path: "src/index.ts",
    imports: [
      "src/client.ts",
      "src/core/",
      "src/media/offline.ts",
      "src/post/post.ts",
      "src/richtext/rich-text.ts",
      "src/storage/errors.ts",
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
  "src/client.ts": ["src/index.ts"],
  "src/actions.ts": ["src/client.ts", "src/index.ts"],
  "src/parts.ts": ["src/client.ts", "src/actions.ts"],
  "src/assembly.ts": ["src/parts.ts"],
  "src/index.ts": ["src/cli/client.ts"],
};

/** Layers do not know each other; their order is known to `index.ts` alone. */
export const strangers = {
  folder: "src/middleware/",
  except: "src/middleware/index.ts",
};
