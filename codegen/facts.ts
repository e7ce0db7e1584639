import { isDeepStrictEqual } from "node:util";
import type { JsonObject, LexiconDocument } from "./model.ts";
import { procedureOutputs, procedureParams } from "./overrides.ts";

/**
 * A document with what its lexicon does not state, where that fits: a document of another edition that states it, or something
 * else, stays as it is.
 */
export function withFacts(document: LexiconDocument): LexiconDocument {
  const { nsid, json } = document;
  const params = Object.hasOwn(procedureParams, nsid) ? procedureParams[nsid] : undefined;
  const output = Object.hasOwn(procedureOutputs, nsid) ? procedureOutputs[nsid] : undefined;
  const defs = json.defs as Readonly<Record<string, JsonObject>>;
  const { main } = defs;
  if (main?.type !== "procedure") return document;
  const facts = {
    ...(params !== undefined && main.parameters === undefined ? { parameters: params } : {}),
    ...(output !== undefined && isDeepStrictEqual(main.output, output.stated) ? { output: output.given } : {}),
  };
  return { ...document, json: { ...json, defs: { ...defs, main: { ...main, ...facts } } } };
}
