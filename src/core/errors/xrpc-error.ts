import type { ResponseHeaders } from "../http/transport.ts";
import type { ErrorDetails } from "./skylex-error.ts";
import { SkylexError } from "./skylex-error.ts";

/** What every answer carries beside its data, and every error that came with an answer. */
export interface HttpInfo {
  /** HTTP status of the answer */
  readonly status: number;
  /** Names ignore case */
  readonly headers: ResponseHeaders;
  /** Milliseconds of the last attempt, from sending to the end of the body */
  readonly elapsed: number;
  /** Where the answer came from, after redirects */
  readonly url: string;
}

export interface ResponseDetails extends ErrorDetails {
  readonly http: HttpInfo;
  /** `error` of the JSON body */
  readonly error?: string | undefined;
  /** The body as text, shortened */
  readonly body?: string | undefined;
}

/** The server answered with an error status. `error` is the name the server gave, if it gave one. */
export class XrpcError<Name extends string = string> extends SkylexError {
  override readonly name: string = "XrpcError";
  /** Name of the error, as the server gave it; `undefined` if it gave none */
  readonly error: Name | undefined;
  /** HTTP status */
  readonly status: number;
  /** Headers of the answer; names ignore case */
  readonly headers: ResponseHeaders;
  /** The answer, without its body */
  readonly http: HttpInfo;
  /** Start of the answer's body, at most 16,384 characters */
  readonly body: string | undefined;

  constructor(message: string, details: ResponseDetails) {
    super(message, details);
    this.error = details.error as Name | undefined;
    this.status = details.http.status;
    this.headers = details.http.headers;
    this.http = details.http;
    this.body = details.body;
  }
}
