import type { DeclaresErrors } from "../lexicon/definition.ts";
import { SkylexError } from "./skylex-error.ts";
import type { StreamError } from "./stream-error.ts";
import type { XrpcError } from "./xrpc-error.ts";

/** An error that the endpoint's lexicon declares. */
export type DeclaredError<Name extends string> = (XrpcError<Name> | StreamError<Name>) & { readonly error: Name };

/**
 * Tells whether an error is one that the endpoint's lexicon declares, and narrows `error.error` to the declared names.
 *
 * @example
 * if (isDeclaredError(appBskyFeedGetPostThread, error) && error.error === "NotFound") …
 */
export function isDeclaredError<Name extends string>(
  definition: DeclaresErrors<Name>,
  error: unknown,
): error is DeclaredError<Name> {
  const name = error instanceof SkylexError && "error" in error ? error.error : undefined;
  return typeof name === "string" && (definition.errors ?? []).includes(name);
}
