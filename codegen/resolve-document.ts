import { blobSlotsOf } from "./blob-slots.ts";
import { docsOf, noDocs } from "./jsdoc.ts";
import type { Place } from "./keywords.ts";
import {
  asObject,
  asText,
  bodyKeywords,
  checkKeywords,
  documentKeywords,
  errorKeywords,
  fail,
  isJson,
  typeOf,
  within,
} from "./keywords.ts";
import type {
  BlobSlotModel,
  Declaration,
  DeclaredErrorModel,
  Docs,
  DocumentSummary,
  JsonObject,
  LexiconDocument,
  MainModel,
  Type,
} from "./model.ts";
import { checkMembers } from "./names.ts";
import { Notes } from "./notes.ts";
import { commitStreams } from "./overrides.ts";
import { pageOf } from "./paging.ts";
import type { References, Usage } from "./references.ts";
import { definitionsOf, targetKey } from "./references.ts";
import type { Context } from "./resolve-type.ts";
import { resolveProperties, resolveType } from "./resolve-type.ts";

const isTime = (type: Type): boolean => type.kind === "format" && type.name === "DatetimeInput";

/** What is resolved of a document. */
export interface Resolved extends DocumentSummary {
  readonly declarations: readonly Declaration[];
}

/** What the whole of the documents says of one of them, and what the user does. */
export interface Surroundings {
  readonly references: References;
  readonly usage: Usage;
  /** Output properties that hold the items of pages, by NSID */
  readonly items: Readonly<Record<string, string>>;
}

/** @throws LexiconError with the place of the first thing wrong */
export const resolveDocument = (document: LexiconDocument, surroundings: Surroundings): Resolved =>
  new DocumentResolver(document, surroundings).resolve();

class DocumentResolver {
  readonly #document: LexiconDocument;
  readonly #references: References;
  readonly #usage: Usage;
  readonly #items: Readonly<Record<string, string>>;
  readonly #notes: Notes;
  readonly #declarations: Declaration[] = [];

  constructor(document: LexiconDocument, { references, usage, items }: Surroundings) {
    this.#document = document;
    this.#references = references;
    this.#usage = usage;
    this.#items = items;
    this.#notes = new Notes(document.nsid);
  }

  resolve(): Resolved {
    const { nsid, json } = this.#document;
    const notes = this.#notes;
    checkKeywords(json, documentKeywords, { nsid, path: [], notes });
    checkMembers(nsid);
    let main: MainModel | undefined;
    const blobSlots: BlobSlotModel[] = [];
    for (const [name, definition] of definitionsOf(this.#document)) {
      const place = { nsid, path: ["defs", name], notes };
      const resolved = this.#definition(name, definition, place);
      main ??= resolved;
      blobSlots.push(...blobSlotsOf(name, definition, place));
    }
    return {
      declarations: this.#declarations,
      notes: notes.all,
      blobSlots,
      main,
    };
  }

  #definition(name: string, json: JsonObject, place: Place): MainModel | undefined {
    const docs = docsOf(json);
    switch (typeOf(json, place)) {
      case "query":
        return this.#query(json, place, docs);
      case "procedure":
        return this.#procedure(json, place, docs);
      case "subscription":
        return this.#subscription(json, place, docs);
      case "record":
        return this.#record(json, place);
      case "permission-set": {
        const detail = [asText(json.title), asText(json.detail)].filter(Boolean).join("\n\n");
        const type: Type = { kind: "literal", values: [place.nsid] };
        this.#declare({
          kind: "alias",
          name: this.#nameOf(name),
          type,
          docs: { ...docs, description: detail || undefined },
        });
        return undefined;
      }
      default:
        this.#value(name, json, place, docs);
        return undefined;
    }
  }

  #value(name: string, json: JsonObject, place: Place, docs: Docs): void {
    const key = targetKey({ nsid: place.nsid, name });
    const context = this.#context(this.#usage.sentOnly.has(key));
    const typeName = this.#nameOf(name);
    if (json.type !== "object") {
      const type = resolveType(json, place, context);
      this.#declare({ kind: "alias", name: typeName, type, docs });
      return;
    }
    this.#declare({
      kind: "interface",
      name: typeName,
      $type: name === "main" ? place.nsid : key,
      typeRequired: false,
      isMember: this.#usage.members.has(key),
      properties: this.#withoutType(resolveProperties(json, place, context)),
      docs,
    });
  }

  #query(json: JsonObject, place: Place, docs: Docs): MainModel {
    const params = this.#params(json.parameters, within(place, "parameters"));
    const output = this.#body("Output", json.output, within(place, "output"), false);
    const errors = this.#errors(json, place);
    const page = output.hasType ? pageOf(json, place, this.#references, this.#items) : undefined;
    if (page !== undefined) {
      const type = resolveType(page.itemSchema, page.place, this.#context(false));
      this.#declare({ kind: "alias", name: "Item", type, docs: noDocs });
    }
    return {
      kind: "query",
      ...params,
      output: output.encoding,
      outputType: output.hasType,
      errors,
      items: page?.items,
      docs,
    };
  }

  #procedure(json: JsonObject, place: Place, docs: Docs): MainModel {
    const params = this.#params(json.parameters, within(place, "parameters"));
    const input = this.#body("Input", json.input, within(place, "input"), true);
    const output = this.#body("Output", json.output, within(place, "output"), false);
    return {
      kind: "procedure",
      ...params,
      input: input.encoding,
      inputType: input.hasType,
      inputRequired: input.isRequired,
      output: output.encoding,
      outputType: output.hasType,
      errors: this.#errors(json, place),
      docs,
    };
  }

  #subscription(json: JsonObject, place: Place, docs: Docs): MainModel {
    const params = this.#params(json.parameters, within(place, "parameters"));
    const message = this.#body("Message", json.message, within(place, "message"), false);
    return {
      kind: "subscription",
      ...params,
      messageType: message.hasType,
      commits: commitStreams.has(place.nsid),
      errors: this.#errors(json, place),
      docs,
    };
  }

  #record(json: JsonObject, place: Place): MainModel {
    const key = asText(json.key) ?? "";
    if (!/^(?:tid|nsid|any|literal:.+)$/.test(key)) {
      fail(
        within(place, "key"),
        `unknown kind of record key ${JSON.stringify(json.key)}; there are tid, nsid, any and literal:VALUE`,
      );
    }
    const at = within(place, "record");
    const record = asObject(json.record, at);
    if (typeOf(record, at) !== "object") fail(within(at, "type"), "a record must be an object");
    const docs = docsOf(json.description === undefined ? record : json);
    const fields = { kind: "interface", $type: place.nsid, isMember: false } as const;
    const received = this.#withoutType(resolveProperties(record, at, this.#context(false)));
    this.#declare({ ...fields, name: "Main", typeRequired: true, properties: received, docs });
    const sent = this.#withoutType(resolveProperties(record, at, this.#context(true)));
    const dated = sent.some(({ name, required, type }) => name === "createdAt" && required && isTime(type));
    this.#declare({
      ...fields,
      name: "Input",
      typeRequired: false,
      properties: dated ? sent.map((one) => (one.name === "createdAt" ? { ...one, required: false } : one)) : sent,
      docs: {
        description: `A {@link Main} to be written: \`$type\`${dated ? " and `createdAt` are" : " is"} filled in.`,
        tags: [],
      },
    });
    return { kind: "record", key, dated, docs };
  }

  #params(
    json: JsonObject[string] | undefined,
    place: Place,
  ): { hasParams: boolean; requiredParams: readonly string[] } {
    if (json === undefined) return { hasParams: false, requiredParams: [] };
    const params = asObject(json, place);
    if (typeOf(params, place) !== "params") fail(within(place, "type"), 'must be "params"');
    const properties = resolveProperties(params, place, this.#context(true));
    // An interface without members would take any object.
    if (properties.length === 0) return { hasParams: false, requiredParams: [] };
    const fields = { $type: undefined, typeRequired: false, isMember: false, docs: docsOf(params) };
    this.#declare({ kind: "interface", name: "Params", properties, ...fields });
    const requiredParams = properties.filter(({ required }) => required).map(({ name }) => name);
    return { hasParams: true, requiredParams };
  }

  #body(
    name: "Input" | "Output" | "Message",
    json: JsonObject[string] | undefined,
    place: Place,
    sent: boolean,
  ): { encoding: string | undefined; hasType: boolean; isRequired: boolean } {
    if (json === undefined) return { encoding: undefined, hasType: false, isRequired: false };
    const body = asObject(json, place);
    checkKeywords(body, bodyKeywords, place);
    const encoding = asText(body.encoding);
    if (encoding === undefined && name !== "Message") fail(within(place, "encoding"), "must name a media type");
    if (body.schema === undefined) return { encoding, hasType: false, isRequired: true };
    const at = within(place, "schema");
    const schema = asObject(body.schema, at);
    const docs = docsOf(body.description === undefined ? schema : body);
    const type = resolveType(schema, at, this.#context(sent));
    const fields = { $type: undefined, typeRequired: false, isMember: false, docs };
    this.#declare(
      type.kind === "object"
        ? { kind: "interface", name, properties: type.properties, ...fields }
        : { kind: "alias", name, type, docs },
    );
    const isRequired = type.kind !== "object" || type.properties.some(({ required }) => required);
    return { encoding, hasType: encoding === undefined || isJson(encoding), isRequired };
  }

  #errors(json: JsonObject, place: Place): readonly DeclaredErrorModel[] {
    if (json.errors === undefined) return [];
    const at = within(place, "errors");
    if (!Array.isArray(json.errors)) return fail(at, "must be an array");
    const errors = json.errors.map((error, index) => {
      const here = within(at, index);
      const entry = asObject(error, here);
      checkKeywords(entry, errorKeywords, here);
      return {
        name: asText(entry.name) ?? fail(within(here, "name"), "must be a string"),
        description: asText(entry.description),
      };
    });
    if (errors.length > 0) {
      const type: Type = { kind: "literal", values: [...new Set(errors.map(({ name }) => name))] };
      this.#declare({ kind: "alias", name: "ErrorName", type, docs: noDocs });
    }
    return errors;
  }

  /** `$type` is written by codegen itself, so a document that lists it among the properties says nothing new. */
  #withoutType<P extends { readonly name: string }>(properties: readonly P[]): readonly P[] {
    return properties.filter(({ name }) => name !== "$type");
  }

  #context(sent: boolean): Context {
    return { references: this.#references, sent };
  }

  #nameOf(definition: string): string {
    return this.#references.typeName({ nsid: this.#document.nsid, name: definition });
  }

  /** The items of a page may well be `#item`: that has the name already. */
  #isItself(declaration: Declaration): boolean {
    if (declaration.kind !== "alias" || declaration.type.kind !== "ref") return false;
    const { nsid, typeName } = declaration.type.target;
    return nsid === this.#document.nsid && typeName === declaration.name;
  }

  #declare(declaration: Declaration): void {
    if (!this.#isItself(declaration)) this.#declarations.push(declaration);
  }
}
