/**
 * The door: everything generated code may import, and nothing else may come in by it. In this package it is `#runtime`;
 * code generated into other projects imports it as `skylex/runtime`.
 */
export { procedure, query, record, subscription } from "./core/lexicon/definition.ts";
export type {
  BlobSlot,
  Definition,
  Documents,
  DocumentTexts,
  NoParams,
  PagedQuery,
  Procedure,
  Query,
  RecordDefinition,
  Subscription,
} from "./core/lexicon/definition.ts";
export { Collection, NsidCollection, SingletonRecord } from "./core/lexicon/collection.ts";
export { owner, member, Namespace } from "./core/lexicon/namespace.ts";
export type { NamespaceOwner, ProcedureOptions } from "./core/lexicon/namespace.ts";
export type { CallOptions } from "./core/call/options.ts";
export type { CallPromise } from "./core/call/call-promise.ts";
export type { EventStream } from "./core/streams/event-stream.ts";
export type { PagePromise } from "./core/call/page-promise.ts";
export type { RepoEvent } from "./core/streams/stream-events.ts";
export type { StreamOptions } from "./core/streams/stream-options.ts";
export type { BinaryInput } from "./core/call/input.ts";
export type * from "./core/lexicon/formats.ts";
// As a whole: TypeScript lets generated code add to an interface that is passed on so.
export type * from "./core/streams/custom-records.ts";
