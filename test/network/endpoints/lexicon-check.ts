import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { jsonToLex, Lexicons, type LexiconDoc } from "@atproto/lexicon";

const folder = fileURLToPath(new URL("../../../lexicons/official/", import.meta.url));

/** Read from disk for each use: `Lexicons` writes into the documents it is given. */
const readDocuments = (): LexiconDoc[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".json"))
    .map((file): LexiconDoc => JSON.parse(readFileSync(folder + file, "utf8")));

const lexicons = new Lexicons(readDocuments());

/** A successful answer as it came over the wire. */
export interface RawAnswer {
  readonly nsid: string;
  readonly encoding: string;
  readonly body: Uint8Array;
}

/** What is wrong with an answer, by the reference implementation of the lexicon language; `undefined` if nothing is. */
export function violationOf({ nsid, encoding, body }: RawAnswer): string | undefined {
  try {
    const definition = lexicons.getDefOrThrow(nsid, ["query", "procedure"]);
    const output = "output" in definition ? definition.output : undefined;
    if (output === undefined)
      return body.length === 0 ? undefined : `${nsid} promises no body and sent ${body.length} B`;
    if (output.encoding !== "*/*" && encoding !== output.encoding) {
      return `${nsid} promises ${output.encoding} and sent ${encoding}`;
    }
    if (output.schema !== undefined) {
      lexicons.assertValidXrpcOutput(nsid, jsonToLex(JSON.parse(new TextDecoder().decode(body))));
    }
    return undefined;
  } catch (error) {
    return `${nsid}: ${String(error)}`;
  }
}
