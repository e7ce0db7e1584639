import type { MarkedText, Span } from "../../richtext/spans.ts";
import { mentionFeature } from "../../richtext/spans.ts";
import { NetworkError, TimeoutError, InvalidResponseError, XrpcError } from "../../core/errors/index.ts";
import type { PostTools } from "../tools.ts";
import { isDid } from "../../core/identifiers.ts";

export interface Mentioning {
  readonly parts: readonly MarkedText[];
  /** Handles that belong to nobody, in the order of the text: they are text only */
  readonly unresolved: readonly string[];
}

/**
 * Puts the DIDs of accounts in place of their handles. A mention of nobody becomes text, and so does one that cannot be looked up now:
 * the post matters more than the link. Refusals of the user's own budget, and aborts, are not passed over.
 */
export async function resolveMentions(
  parts: readonly MarkedText[],
  { didOf, logger }: Pick<PostTools, "didOf" | "logger">,
): Promise<Mentioning> {
  const handles = new Set(parts.flatMap(({ spans }) => spans.flatMap(({ features }) => features.flatMap(handleOf))));
  if (handles.size === 0) return { parts, unresolved: [] };
  const find = async (handle: string): Promise<string | undefined> => {
    try {
      return await didOf(handle);
    } catch (error) {
      if (!isOfServer(error)) throw error;
      logger.warn(`@${handle} could not be looked up, and is text without a link in the post. ${error.message}`);
      return undefined;
    }
  };
  const dids = new Map(await Promise.all([...handles].map(async (handle) => [handle, await find(handle)] as const)));
  const resolved = (span: Span): Span[] => {
    const features = span.features.flatMap((feature) => {
      const [handle] = handleOf(feature);
      if (handle === undefined) return [feature];
      const did = dids.get(handle);
      return did === undefined ? [] : [mentionFeature(did)];
    });
    return features.length === 0 && span.features.length > 0 ? [] : [{ ...span, features }];
  };
  return {
    parts: parts.map((part) => ({ ...part, spans: part.spans.flatMap(resolved) })),
    unresolved: [...handles].filter((handle) => dids.get(handle) === undefined),
  };
}

const handleOf = (feature: Span["features"][number]): string[] =>
  feature.$type === "app.bsky.richtext.facet#mention" && !isDid(feature.did) ? [feature.did.toLowerCase()] : [];

/** What a server said or did not say, in distinction to refusals that begin here. */
export const isOfServer = (error: unknown): error is XrpcError | NetworkError =>
  [XrpcError, NetworkError, TimeoutError, InvalidResponseError].some((kind) => error instanceof kind);
