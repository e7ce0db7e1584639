/**
 * How each client writes the calls: one consumer file from the same list. `full` is a program written by hand for a client,
 * and the module it reads as `lex-tree`; `lacks` is a size it has not all methods for; `hasTree` says that calls go through a tree of methods.
 */

const pascal = (nsid) =>
  nsid
    .split(".")
    .map((part) => part[0].toUpperCase() + part.slice(1))
    .join("");
const groups = (calls) => [...new Set(calls.map(({ nsid }) => nsid.split(".")[0]))];
const parts = (type) => type.split("#");

const byType = (type) => `v.$type === "${type}"`;
const lexGuard = (type) => `${type.replace("#", ".")}.$isTypeOf(v)`;
const atproto = "@atcute/atproto";
const atcutePackage = (nsid) => (nsid.startsWith("com.") ? atproto : "@atcute/bluesky");

const lex = (tree) => ({
  full: ["lex.ts", tree],
  head: (calls) => {
    const guards = calls.flatMap(({ narrow }) => (narrow ? [{ nsid: narrow.as }] : []));
    return `import { Client } from "@atproto/lex";
import { ${groups([...calls, ...guards]).join(", ")} } from "${tree}";
const client = new Client({ service: "http://localhost" });`;
  },
  call: ({ nsid, args }) => `await client.call(${nsid}, ${args})`,
  guard: lexGuard,
});

const atcuteArgs = ({ kind, args, use }) =>
  `{ ${kind === "query" ? "params" : "input"}: ${args}${use === undefined ? ", as: null" : ""} }`;
const atcuteClient = `import { Client, ok, simpleFetchHandler } from "@atcute/client";
const client = new Client({ handler: simpleFetchHandler({ service: "http://localhost" }) });`;

const skylexClient = `import { Client } from "skylex";
const client = new Client({ service: "http://localhost" });`;

export const dialects = {
  "skylex, methods": {
    hasTree: true,
    full: ["skylex.ts"],
    head: () => skylexClient,
    call: ({ nsid, args }) => `await client.${nsid}(${args})`,
    guard: byType,
  },
  "skylex, by NSID": {
    head: () => skylexClient,
    call: ({ nsid, kind, args }) => `await client.${kind === "query" ? "get" : "post"}("${nsid}", ${args})`,
    guard: byType,
  },
  "@atproto/api": {
    hasTree: true,
    full: ["api.ts"],
    head: (calls) => {
      const guards = calls.flatMap(({ narrow }) => (narrow ? [pascal(parts(narrow.as)[0])] : []));
      return `import { ${[...new Set(["AtpAgent", ...guards])].join(", ")} } from "@atproto/api";
const agent = new AtpAgent({ service: "http://localhost" });`;
    },
    call: ({ nsid, args, use }) =>
      use === undefined ? `await agent.${nsid}(${args})` : `(await agent.${nsid}(${args})).data`,
    guard: (type) => `${pascal(parts(type)[0])}.is${pascal(parts(type)[1])}(v)`,
  },
  "@atcute, by NSID": {
    full: ["atcute.ts"],
    head: (calls) => {
      const packages = new Set(calls.map(({ nsid }) => atcutePackage(nsid)));
      return [...packages].map((name) => `import type {} from "${name}";`).join("\n") + `\n${atcuteClient}`;
    },
    call: (one) => `await ok(client.${one.kind === "query" ? "get" : "post"}("${one.nsid}", ${atcuteArgs(one)}))`,
    guard: byType,
  },
  "@atcute, by schema": {
    head: (calls) => {
      const names = (name) =>
        calls
          .map(({ nsid }) => nsid)
          .filter((nsid) => atcutePackage(nsid) === name)
          .map(pascal);
      return (
        ["@atcute/bluesky", atproto]
          .filter((name) => names(name).length > 0)
          .map((name) => `import { ${names(name).join(", ")} } from "${name}";\n`)
          .join("") + atcuteClient
      );
    },
    call: (one) => `await ok(client.call(${pascal(one.nsid)}, ${atcuteArgs(one)}))`,
    guard: byType,
  },
  "@atproto/lex, compiled": { hasTree: true, ...lex("../lex-js/index.js") },
  "@atproto/lex, as generated": { hasTree: true, times: 1, ...lex("../lex/index.js") },
  // It has no lexicons of `app.bsky.unspecced`, which is among the sixty calls.
  "@bsky/sdk": { hasTree: true, lacks: "60 calls", ...lex("@bsky/sdk/lexicons") },
};

/** A hand-written program, reading the tree it asks for. */
export const program = (text, tree) => text.replace('"lex-tree"', JSON.stringify(tree));

/** A file that makes the given calls and uses what they return. */
export function consumer({ head, call, guard }, calls) {
  const blocks = calls.map((one) => {
    if (one.use === undefined) return `${call(one)};`;
    const { narrow } = one;
    const narrowed = narrow
      ? `\n  const v = ${narrow.value};\n  if (v && ${guard(narrow.as)}) console.log(${narrow.use});`
      : "";
    return `{\n  const d = ${call(one)};\n  console.log(${one.use});${narrowed}\n}`;
  });
  return `${head(calls)}\n${blocks.join("\n")}\n`;
}
