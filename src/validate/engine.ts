import { ValidationError as LexiconViolation } from "@atproto/lexicon";
import type { Documents, Vocabulary } from "../core/lexicon/definition.ts";
import type { Issue } from "../core/lexicon/issue.ts";
import type { CallRequest } from "../core/pipeline.ts";
import { isJson } from "../core/http/request.ts";
import { LoadedDocuments } from "./documents.ts";
import { isFormat } from "./formats.ts";
import { decodeParams } from "./params.ts";
import { checkForm, checkKey, recordsIn } from "./records.ts";
import type { WrittenRecord } from "./records.ts";
import type { Part } from "./schema.ts";
import { schemaOf } from "./schema.ts";
import { decodeSent, isObject, toLex, withoutInherited } from "./values.ts";
import { Walk } from "./walk.ts";

/** A check that is wanted, and where its value stands. */
interface Check {
  readonly loaded: LoadedDocuments;
  readonly nsid: string;
  readonly part: Part;
}

/** Checks values. Loads what that takes on demand; what is loaded is kept and checks at once. */
export class Engine {
  readonly #vocabulary: Vocabulary;
  readonly #onMissing: (nsid: string, reason: unknown) => void;
  readonly #tables = new WeakMap<Documents, LoadedDocuments>();

  constructor(vocabulary: Vocabulary, onMissing: (nsid: string, reason: unknown) => void) {
    this.#vocabulary = vocabulary;
    this.#onMissing = onMissing;
  }

  /** Everything wrong with what a call is about to send. A promise only when documents have to be loaded first. */
  sent(request: CallRequest): readonly Issue[] | Promise<readonly Issue[]> {
    const { definition, path, body } = request;
    const { documents, nsid, kind } = definition;
    if (documents === undefined) return [];
    const loaded = this.#loaded(documents);
    const input =
      kind === "procedure" && typeof body?.content === "string" && isJson(body.encoding)
        ? decodeSent(body.content)
        : undefined;
    const records = recordsIn(nsid, input);
    const checks: Check[] = [{ loaded, nsid, part: "parameters" }];
    if (input !== undefined) checks.push({ loaded, nsid, part: "input" });
    for (const { collection } of records) checks.push(...this.#checkOf(collection));
    return this.#once(checks, () => {
      const issues: Issue[] = [];
      if (input !== undefined) issues.push(...judge(loaded, nsid, "input", input, "input"));
      const schema = schemaOf(loaded.find(`lex:${nsid}`), "parameters");
      if (schema !== undefined) issues.push(...judge(loaded, nsid, "parameters", decodeParams(path, schema), "params"));
      // What stands in the place of a record may be refused by both.
      const told = new Set(issues.map(({ path: place, rule }) => `${place} ${rule}`));
      for (const record of records) {
        issues.push(...this.#record(record).filter(({ path: place, rule }) => !told.has(`${place} ${rule}`)));
      }
      return issues;
    });
  }

  /** Everything wrong with an answer. */
  received({ definition }: CallRequest, data: unknown): readonly Issue[] | Promise<readonly Issue[]> {
    const { documents, nsid, output } = definition;
    if (documents === undefined || output === undefined || !isJson(output)) return [];
    const loaded = this.#loaded(documents);
    return this.#once([{ loaded, nsid, part: "output" }], () => judge(loaded, nsid, "output", data, "output"));
  }

  #record(record: WrittenRecord): Issue[] {
    const issues = checkForm(record);
    const { collection, value, valuePath } = record;
    const definition = this.#vocabulary.find(collection);
    if (definition?.kind !== "record" || definition.documents === undefined) return issues;
    issues.push(...checkKey(definition.key, record, isFormat));
    const found = judge(this.#loaded(definition.documents), collection, "record", value, valuePath);
    const paths = new Set(issues.map(({ path }) => path));
    return [...issues, ...found.filter(({ path }) => !paths.has(path))];
  }

  #checkOf(collection: string): Check[] {
    const definition = this.#vocabulary.find(collection);
    if (definition?.kind !== "record" || definition.documents === undefined) return [];
    return [{ loaded: this.#loaded(definition.documents), nsid: collection, part: "record" }];
  }

  #loaded(documents: Documents): LoadedDocuments {
    let loaded = this.#tables.get(documents);
    if (loaded === undefined) {
      this.#tables.set(documents, (loaded = new LoadedDocuments(documents, this.#onMissing)));
    }
    return loaded;
  }

  #once<Value>(checks: readonly Check[], work: () => Value): Value | Promise<Value> {
    const missing = checks.filter(({ loaded, nsid, part }) => !loaded.isReady(nsid, part));
    if (missing.length === 0) return work();
    return Promise.all(missing.map(({ loaded, nsid, part }) => loaded.load(nsid, part))).then(work);
  }
}

/**
 * Most values are right, which the compiled checks see. For the others, whether a value is right is said by `@atproto/lexicon`,
 * and why not by the walk, which is also stricter with what is sent.
 */
function judge(loaded: LoadedDocuments, nsid: string, part: Part, value: unknown, path: string): readonly Issue[] {
  const schema = schemaOf(loaded.find(`lex:${nsid}`), part);
  if (schema === undefined) return [];
  const strict = part !== "output";
  if (isObject(value) && loaded.compiled(strict).of(schema)(value)) return [];
  const lex = toLex(value);
  const refusal = refusalOf(loaded, nsid, part, loaded.hidesMembers ? withoutInherited(lex) : lex);
  if (!strict && refusal === undefined) return [];
  const walk = new Walk((ref) => loaded.find(ref), strict);
  walk.check(schema, value, path);
  if (walk.issues.length > 0 || refusal === undefined || walk.passedOver) return walk.issues;
  return [{ path, rule: "other", message: `is refused by its lexicon: ${refusal}` }];
}

/** It refuses whatever stands where a lexicon refers to a record, as `com.atproto.lexicon.resolveLexicon` does. */
const beyondIt = /Unexpected lexicon type/;

/** The message of `@atproto/lexicon` about a value; `undefined` when it is right, or cannot be checked. */
function refusalOf({ lexicons }: LoadedDocuments, nsid: string, part: Part, value: unknown): string | undefined {
  try {
    if (part === "input") lexicons.assertValidXrpcInput(nsid, value);
    else if (part === "output") lexicons.assertValidXrpcOutput(nsid, value);
    else if (part === "parameters") lexicons.assertValidXrpcParams(nsid, value);
    else {
      const result = lexicons.validate(nsid, value);
      if (!result.success) throw result.error;
    }
    return undefined;
  } catch (error) {
    return error instanceof LexiconViolation && !beyondIt.test(error.message) ? error.message : undefined;
  }
}
