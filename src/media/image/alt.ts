import { ValidationError } from "../../core/errors/index.ts";

export interface AltOptions {
  /** Pictures and videos without a description are posted too, with an empty one. Default false */
  readonly allowMissingAlt?: boolean | undefined;
}

/**
 * The description of a picture or video for those who do not see it.
 *
 * @throws ValidationError, naming `path`, when it is missing or blank and that is not allowed
 */
export function altText(alt: string | undefined, path: string, { allowMissingAlt = false }: AltOptions = {}): string {
  if (alt !== undefined && (allowMissingAlt || alt.trim() !== "")) return alt;
  if (allowMissingAlt) return "";
  const message = "is missing: say what is to be seen, or set allowMissingAlt";
  throw new ValidationError(`${path}.alt ${message}. Nothing was sent.`, {
    issues: [{ path: `${path}.alt`, message }],
  });
}
