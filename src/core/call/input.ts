import { copyOfParams } from "./params.ts";
import { toJson } from "../lexicon/data-model.ts";
import type { Endpoint } from "../lexicon/definition.ts";
import { ValidationError } from "../errors/index.ts";
import type { ByteSource } from "../http/transport.ts";

/** What can be sent as a binary body. Streams can be sent only once, so calls that carry one are never repeated. */
export type BinaryInput = Uint8Array | ArrayBuffer | Blob | ByteSource | ReadableStream<Uint8Array>;

// By tag, because naming the classes of the web platform makes Node load them, also for calls that carry JSON.
const binaryTags = new Set(
  ["Uint8Array", "ArrayBuffer", "Blob", "File", "ByteSource", "ReadableStream"].map((tag) => `[object ${tag}]`),
);
const tagOf = (value: unknown): string => Object.prototype.toString.call(value);

export const isBinary = (input: unknown): input is BinaryInput => binaryTags.has(tagOf(input));

/** Says of a refusal which call is refused. */
export function naming<Value>(nsid: string, write: () => Value): Value {
  try {
    return write();
  } catch (error) {
    if (!(error instanceof ValidationError) || error.nsid !== undefined) throw error;
    throw new ValidationError(`${nsid}: ${error.message}`, { nsid, issues: error.issues });
  }
}

/** What a call was given. */
interface Given {
  readonly definition: Endpoint;
  readonly params: object | undefined;
  readonly input: unknown;
}

/**
 * The same call with copies of what it was given, JSON in its wire form, so that nothing its owner does to it afterwards
 * reaches the server. Blobs and streams stay what they are.
 *
 * @throws ValidationError for input that JSON cannot hold
 */
export function copyRequest<Request extends Given>(request: Request): Request {
  return { ...request, params: copyOfParams(request.params), input: copyOfInput(request) };
}

/** Bytes that are the call's own, whatever becomes of the buffer they were given in. The `slice` of Node's buffers shares memory. */
export function ownBytes<Input extends BinaryInput>(input: Input): Input {
  if (input instanceof Uint8Array) return Uint8Array.prototype.slice.call(input) as Input;
  return input instanceof ArrayBuffer ? (input.slice() as Input) : input;
}

function copyOfInput({ definition: { nsid }, input }: Given): unknown {
  if (isBinary(input)) return ownBytes(input);
  return naming(nsid, () => toJson(input, "input"));
}
