import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Json, JsonObject } from "../../../codegen/model.ts";
import { lexicon } from "./generate.ts";
import type { Exit } from "./workspace.ts";
import { checkout, runNode, textOf, writeFiles, writeJson } from "./workspace.ts";

/**
 * A copy of the package with everything codegen needs, and an official package of a few documents, so that tests may tamper
 * with all of it and install another version.
 */
export interface Skeleton {
  readonly folder: string;
  /** Runs codegen's command in the folder. */
  readonly codegen: (...args: readonly string[]) => Promise<Exit>;
  readonly path: (...names: readonly string[]) => string;
  /** Installs a version of the official package. */
  readonly install: (version: string, documents: readonly JsonObject[]) => void;
}

const text: JsonObject = { type: "string" };
const params: JsonObject = { type: "params", properties: { cursor: text } };
const list: JsonObject = { type: "array", items: { type: "integer" } };
const answer = (properties: JsonObject): JsonObject => ({
  encoding: "application/json",
  schema: { type: "object", properties },
});
const pager = (...arrays: readonly string[]): JsonObject => ({
  type: "query",
  parameters: params,
  output: answer({ cursor: text, ...Object.fromEntries(arrays.map((name) => [name, list])) }),
});

/** Codegen knows facts of these documents, so they belong to every set of official ones. */
const overridden = [
  lexicon("app.bsky.feed.searchPostsV2", { main: pager("posts", "detectedQueryLanguages") }),
  lexicon("app.bsky.video.uploadVideo", { main: { type: "procedure", input: { encoding: "video/mp4" } } }),
  lexicon("chat.bsky.convo.getMessages", { main: pager("messages", "relatedProfiles") }),
  lexicon("com.atproto.sync.subscribeRepos", {
    main: { type: "subscription", message: { schema: { type: "union", refs: ["#info"] } } },
    info: { type: "object", properties: { name: text } },
  }),
];

/** A record `com.example.note` of the given properties, a view of it, and a query that gives one. */
export const officialDocuments = (properties: JsonObject = { text }): JsonObject[] => [
  lexicon("com.example.defs", { view: { type: "object", properties: { note: { type: "unknown" } } } }),
  lexicon("com.example.getNote", {
    main: { type: "query", output: answer({ view: { type: "ref", ref: "lex:com.example.defs#view" } }) },
  }),
  lexicon("com.example.note", { main: { type: "record", key: "tid", record: { type: "object", properties } } }),
];

export const customDocument = (properties: JsonObject): JsonObject =>
  lexicon("net.custom.ping", { main: { type: "query", output: answer(properties) } });

export function makeSkeleton(folder: string): Skeleton {
  const path = (...names: readonly string[]): string => join(folder, ...names);
  mkdirSync(path("lexicons/custom"), { recursive: true });
  cpSync(join(checkout, "codegen"), path("codegen"), { recursive: true });
  writeFiles(folder, [["package.json", textOf(join(checkout, "package.json"))]]);
  const install = (version: string, documents: readonly JsonObject[]): void => {
    const home = path("node_modules/@atproto/api");
    const schemas: Json = [...overridden, ...documents];
    writeJson(join(home, "package.json"), { name: "@atproto/api", version, type: "module", exports: "./index.js" });
    writeFiles(home, [["index.js", `export const schemas = ${JSON.stringify(schemas)};\n`]]);
  };
  install("1.0.0", officialDocuments());
  writeJson(path("lexicons/custom/ping.json"), customDocument({ pong: text }));
  return { folder, path, install, codegen: (...args) => runNode([path("codegen/cli.ts"), ...args], folder) };
}
