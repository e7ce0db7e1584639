import { encodeJson } from "../lexicon/data-model.ts";
import type { Endpoint } from "../lexicon/definition.ts";
import type { BinaryInput } from "../call/input.ts";
import { isBinary, naming, ownBytes } from "../call/input.ts";
import { sniffMediaType } from "./media-type.ts";
import { isJson, JSON_ENCODING, refuse } from "./request.ts";
import type { Content } from "./transport.ts";
import { contentLength, isStream } from "./transport.ts";

/** A request body in its wire form. */
export interface Body {
  readonly content: Content;
  readonly encoding: string;
  /** Bytes; `undefined` for streams, whose length nobody knows */
  readonly length: number | undefined;
  /** It can be sent again. */
  readonly replayable: boolean;
}

const bodyOf = (content: Content, encoding: string): Body => ({
  content,
  encoding,
  length: contentLength(content),
  replayable: !isStream(content),
});

function binaryBody(input: BinaryInput, encoding: string | undefined, declared: string | undefined): Body {
  const content = input instanceof ArrayBuffer ? new Uint8Array(input) : input;
  const sniffed = content instanceof Uint8Array ? sniffMediaType(content) : undefined;
  const own = "type" in content && content.type ? content.type : undefined;
  const fallback = declared && !declared.includes("*") && !isJson(declared) ? declared : "application/octet-stream";
  // The caller may use the buffer again while the call waits for a retry.
  return bodyOf(ownBytes(content), encoding ?? own ?? sniffed ?? fallback);
}

/**
 * Writes the body of a procedure: JSON, or bytes as they are. One that declares a JSON body and is given none sends `{}`.
 *
 * @throws ValidationError for input that the endpoint does not take or JSON cannot hold
 */
export function encodeBody(
  { nsid, input: declared }: Pick<Endpoint, "nsid" | "input">,
  input: unknown,
  encoding: string | undefined,
): Body | undefined {
  if (isBinary(input)) {
    if (declared !== undefined && isJson(declared)) refuse(nsid, "input", "is binary, but this endpoint takes JSON");
    return binaryBody(input, encoding, declared);
  }
  if (input === undefined) {
    if (declared === undefined) return undefined;
    if (!isJson(declared)) return refuse(nsid, "input", `is missing; this endpoint takes ${declared}`);
    return bodyOf("{}", JSON_ENCODING);
  }
  if (typeof input === "string" && encoding !== undefined) return bodyOf(input, encoding);
  if (declared !== undefined && !isJson(declared) && encoding === undefined) {
    refuse(nsid, "input", `must be bytes, a Blob or a stream; this endpoint takes ${declared}`);
  }
  return bodyOf(
    naming(nsid, () => encodeJson(input, "input")),
    encoding ?? JSON_ENCODING,
  );
}
