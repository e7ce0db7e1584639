import { expect, test } from "vitest";
import { loadFolder } from "../../../codegen/load.ts";
import { LexiconError } from "../../../codegen/errors.ts";
import { reachable } from "../../../codegen/references.ts";
import { chance, fuzzSeed, mutateJson, mutateText, oneOf } from "../../support/fakes/mutations.ts";
import { generate } from "./generate.ts";
import { checkout, makeWorkspace, writeFiles } from "./workspace.ts";

const ROUNDS = 2000;

const official = loadFolder(`${checkout}/lexicons/official`, "official");
const folder = makeWorkspace();

test(`${ROUNDS} broken lexicon documents: each is generated from, or refused by name and place (FUZZ_SEED=${fuzzSeed})`, async () => {
  const random = chance(fuzzSeed);
  const outcomes = { generated: 0, refused: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const original = oneOf(official, random);
    const text = JSON.stringify(original.json);
    const broken =
      round % 20 === 0
        ? mutateText(text, ["{", "}", '"', ":", ",", "null", "\u0000"], random)
        : JSON.stringify(mutateJson(original.json, random));
    writeFiles(folder, [["broken.json", broken]]);
    try {
      const [document] = loadFolder(folder, "broken");
      if (document === undefined) throw new Error("nothing was loaded");
      const others = official.filter(({ nsid }) => nsid !== original.nsid && nsid !== document.nsid);
      await generate(reachable([...others, document], new Set([document.nsid])));
      outcomes.generated++;
    } catch (error) {
      if (!(error instanceof LexiconError)) throw new Error(`round ${round}: ${broken}`, { cause: error });
      if (!error.message.startsWith(`${error.nsid}${error.pointer && ` at ${error.pointer}`}: `)) throw error;
      outcomes.refused++;
    }
  }
  expect(outcomes.generated).toBeGreaterThan(150);
  expect(outcomes.refused).toBeGreaterThan(750);
});
