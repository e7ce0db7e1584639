/**
 * The door: everything generated code may import, and nothing else may come in by it. In this package it is `#runtime`;
 * code generated into other projects imports it as `skylex/runtime`.
 */
export { procedure, query, record, subscription } from "./core/definition.ts";
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
} from "./core/definition.ts";
export { Collection, NsidCollection, SingleRecord } from "./core/collection.ts";
export { caller, member, Namespace } from "./core/namespace.ts";
export type { Caller, ProcedureOptions } from "./core/namespace.ts";
export type { CallOptions } from "./core/options.ts";
export type { CallPromise } from "./core/call-promise.ts";
export type { EventStream } from "./core/event-stream.ts";
export type { PagePromise } from "./core/page-promise.ts";
export type { RepoEvent } from "./core/stream-events.ts";
export type { StreamOptions } from "./core/stream-options.ts";
export type { BinaryInput } from "./core/input.ts";
export type * from "./core/formats.ts";
