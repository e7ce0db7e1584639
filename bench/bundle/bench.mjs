/** Size of a bundle that makes one typed call: esbuild, minified, ES modules. */
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { createContext, runInContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { record } from "../measure/record.mjs";
import { out, root } from "../places.mjs";
import { table } from "../report.mjs";

const atcute = `import { Client, ok, simpleFetchHandler } from "@atcute/client";
  const client = new Client({ handler: simpleFetchHandler({ service: "https://pds.example" }) });`;
const lex = `import { Client } from "@atproto/lex";
  const call = (method) => new Client({ service: "https://pds.example" }).call(method, { actor: "bsky.app" });`;

const core = "skylex core and one definition (internal modules)";
const everyKind = "the same, and a list and a procedure";

/** The programs that are sources of the checkout. */
const own = { [core]: "one-call.ts", [everyKind]: "three-calls.ts" };

const sources = {
  "bare fetch": `
    const answer = await fetch("https://pds.example/xrpc/app.bsky.actor.getProfile?actor=" + encodeURIComponent("bsky.app"));
    console.log((await answer.json()).displayName);`,
  "skylex Client": `
    import { Client } from "skylex";
    console.log((await new Client().app.bsky.actor.getProfile({ actor: "bsky.app" })).displayName);`,
  // No entry point offers these: what the core weighs without the tree, the log and the database.
  ...Object.fromEntries(
    Object.entries(own).map(([name, file]) => [name, readFileSync(join(root, "test/unit/cost", file), "utf8")]),
  ),
  "@atcute get, not validating": `${atcute}
    console.log((await ok(client.get("app.bsky.actor.getProfile", { params: { actor: "bsky.app" } }))).displayName);`,
  "@atcute call, validating": `${atcute} import { AppBskyActorGetProfile } from "@atcute/bluesky";
    console.log((await ok(client.call(AppBskyActorGetProfile, { params: { actor: "bsky.app" } }))).displayName);`,
  "@atproto/lex, default import": `${lex} import getProfile from "./lex-js/app/bsky/actor/getProfile.js";
    console.log((await call(getProfile)).displayName);`,
  "@atproto/lex, namespace import": `${lex} import { app } from "./lex-js/index.js";
    console.log((await call(app.bsky.actor.getProfile)).displayName);`,
  "@bsky/sdk": `${lex} import { app } from "@bsky/sdk/lexicons";
    console.log((await call(app.bsky.actor.getProfile)).displayName);`,
  "@atproto/api": `
    import { AtpAgent } from "@atproto/api";
    const agent = new AtpAgent({ service: "https://pds.example" });
    console.log((await agent.app.bsky.actor.getProfile({ actor: "bsky.app" })).data.displayName);`,
};

/** With what is imported on demand in files of its own, as a web page loads it. */
async function bundle(name, contents) {
  const { outputFiles, metafile } = await build({
    stdin: {
      contents,
      resolveDir: name in own ? join(root, "test/unit/cost") : out(),
      sourcefile: "entry.mjs",
      loader: "ts",
    },
    outdir: out("bundles"),
    bundle: true,
    splitting: true,
    conditions: name in own ? ["skylex-source"] : [],
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    external: ["node:*", "better-sqlite3", "sharp", "@mikro-orm/postgresql", "fluent-ffmpeg"],
    write: false,
    metafile: true,
    logLevel: "error",
  });
  const first = loadedFirst(metafile.outputs);
  const text = (path) => outputFiles.find((file) => file.path.endsWith(basename(path))).contents;
  const code = Buffer.concat([...first].map(text));
  const row = {
    name,
    minified: code.length,
    gzip: gzipSync(code, { level: 9 }).length,
    modules: new Set([...first].flatMap((path) => Object.keys(metafile.outputs[path].inputs))).size,
    later: outputFiles.filter(({ path }) => ![...first].some((one) => basename(one) === basename(path))).length,
  };
  record("bundle", row);
  return { ...row, code };
}

/** The file of the program, and those it imports at once. */
function loadedFirst(outputs) {
  const first = new Set();
  // What is imported on demand is an entry point, too.
  const waiting = Object.keys(outputs).filter((path) => outputs[path].entryPoint?.endsWith("entry.mjs"));
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    first.add(path);
    for (const { path: next, kind } of outputs[path].imports) {
      if (kind === "import-statement" && outputs[next] !== undefined && !first.has(next)) waiting.push(next);
    }
  }
  return first;
}

/** What was bundled for browsers does its call in a place that has only what browsers have. */
async function runsInBrowsers({ code }) {
  const asked = [];
  const said = [];
  const answer = async (url) => {
    asked.push(String(url));
    return new Response(JSON.stringify({ did: "did:web:example.com", handle: "example.com", displayName: "Example" }));
  };
  const web = { fetch: answer, console: { log: (text) => said.push(text) }, setTimeout, clearTimeout, performance };
  const context = createContext({ ...web, AbortController, Response, TextDecoder, TextEncoder, ReadableStream });
  // A module becomes a function: it imports nothing, and awaits at its top.
  await runInContext(`(async () => {${Buffer.from(code).toString()}})()`, context);
  if (said[0] !== "Example" || asked.length !== 1) throw new Error(`the bundle of ${core} did not make its call`);
}

const kilobytes = (bytes) => (bytes / 1000).toFixed(1);

export async function run() {
  const rows = await Promise.all(Object.entries(sources).map(([name, source]) => bundle(name, source)));
  const by = Object.fromEntries(rows.map((row) => [row.name, row]));
  await runsInBrowsers(by[core]);
  const client = by["skylex Client"];
  return {
    what: `A program that makes one getProfile call, bundled for browsers by esbuild, minified, with what is imported on demand in files of its own, which are not counted: of skylex
the lexicon documents, and of its Client everything that a first call loads. kB are thousands of bytes. The core has time limits, retries,
typed errors and outcomes as values; @atcute get has none of them. Pages come with lists, bodies and what may be sent twice with procedures.`,
    tables: [
      table(
        ["program", "minified kB", "gzip kB", "modules", "files loaded later", "gzip, × skylex Client"],
        rows.map(({ name, minified, gzip, modules, later }) => [
          name,
          kilobytes(minified),
          kilobytes(gzip),
          modules,
          later,
          (gzip / client.gzip).toFixed(2),
        ]),
      ),
    ],
    goals: [
      {
        what: "core and one definition, gzip, bytes",
        atMost: 5000,
        measured: by[core].gzip,
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
