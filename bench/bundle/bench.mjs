/** Size of a bundle that makes one typed call: esbuild, minified, ES modules. */
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { record } from "../measure/record.mjs";
import { out } from "../places.mjs";
import { table } from "../report.mjs";

const atcute = `import { Client, ok, simpleFetchHandler } from "@atcute/client";
  const client = new Client({ handler: simpleFetchHandler({ service: "https://pds.example" }) });`;
const lex = `import { Client } from "@atproto/lex";
  const call = (method) => new Client({ service: "https://pds.example" }).call(method, { actor: "bsky.app" });`;

const sources = {
  "bare fetch": `
    const answer = await fetch("https://pds.example/xrpc/app.bsky.actor.getProfile?actor=" + encodeURIComponent("bsky.app"));
    console.log((await answer.json()).displayName);`,
  "skylex Client": `
    import { Client } from "skylex";
    console.log((await new Client().app.bsky.actor.getProfile({ actor: "bsky.app" })).displayName);`,
  // No entry point offers this yet: what the core would weigh without the tree.
  "skylex core and one definition (internal modules)": `
    import { appBskyActorGetProfile } from "./skylex/dist/generated/definitions/app.bsky.js";
    import { createCall } from "./skylex/dist/src/core/caller.js";
    import { systemClock as clock } from "./skylex/dist/src/core/clock.js";
    import { fetchTransport } from "./skylex/dist/src/core/transport.js";
    import { createPipeline } from "./skylex/dist/src/middleware/index.js";
    const silent = { debug() {}, info() {}, warn() {}, error() {} };
    const random = Math.random, transport = fetchTransport(fetch);
    const handler = createPipeline({ service: "https://pds.example", hasAccount: false, transport, clock, random, logger: silent });
    const call = createCall({ handler, clock, random, options: {}, userAgent: "example" });
    console.log((await call(appBskyActorGetProfile, { actor: "bsky.app" })).displayName);`,
  "@atcute get, not validating": `${atcute}
    console.log((await ok(client.get("app.bsky.actor.getProfile", { params: { actor: "bsky.app" } }))).displayName);`,
  "@atcute call, validating": `${atcute} import { AppBskyActorGetProfile } from "@atcute/bluesky";
    console.log((await ok(client.call(AppBskyActorGetProfile, { params: { actor: "bsky.app" } }))).displayName);`,
  "@atproto/lex, default import": `${lex} import getProfile from "./lex-js/app/bsky/actor/getProfile.js";
    console.log((await call(getProfile)).displayName);`,
  "@atproto/lex, namespace import": `${lex} import { app } from "./lex-js/index.js";
    console.log((await call(app.bsky.actor.getProfile)).displayName);`,
  "@atproto/api": `
    import { AtpAgent } from "@atproto/api";
    const agent = new AtpAgent({ service: "https://pds.example" });
    console.log((await agent.app.bsky.actor.getProfile({ actor: "bsky.app" })).data.displayName);`,
};

async function bundle(name, contents) {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: out(), sourcefile: "entry.mjs" },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    external: ["node:*"],
    write: false,
    metafile: true,
    logLevel: "error",
  });
  const code = outputFiles[0].contents;
  const row = {
    name,
    minified: code.length,
    gzip: gzipSync(code, { level: 9 }).length,
    modules: Object.keys(metafile.inputs).length,
  };
  record("bundle", row);
  return row;
}

const kilobytes = (bytes) => (bytes / 1000).toFixed(1);

export async function run() {
  const rows = await Promise.all(Object.entries(sources).map(([name, source]) => bundle(name, source)));
  const by = Object.fromEntries(rows.map((row) => [row.name, row]));
  const client = by["skylex Client"];
  return {
    what: `A program that makes one getProfile call, bundled for browsers by esbuild and minified. kB are thousands of bytes.`,
    tables: [
      table(
        ["program", "minified kB", "gzip kB", "modules", "gzip, × skylex Client"],
        rows.map(({ name, minified, gzip, modules }) => [
          name,
          kilobytes(minified),
          kilobytes(gzip),
          modules,
          (gzip / client.gzip).toFixed(2),
        ]),
      ),
    ],
    goals: [
      {
        what: "core and one definition, gzip, bytes",
        atMost: 5000,
        measured: by["skylex core and one definition (internal modules)"].gzip,
      },
      { what: "Client, gzip, × @atproto/api", atMost: 1, measured: client.gzip / by["@atproto/api"].gzip },
    ],
    lost: rows
      .filter(({ name, gzip }) => name.startsWith("@") && gzip < client.gzip)
      .map(
        ({ name, gzip }) =>
          `${name}: ${kilobytes(gzip)} kB, skylex Client ${kilobytes(client.gzip)} kB. The methods of a class cannot be shaken off, so Client carries every endpoint's name and definition.`,
      ),
  };
}
