import { ValidationError } from "../core/errors/index.ts";
import { bareName, isDid, isHandle, withoutTrailingSlashes } from "../core/identifiers.ts";
import type { SocialTools } from "./tools.ts";

/** An account: handle, DID, `https://bsky.app/profile/…` URL, `at://` URI of its repository, or any view of it. */
export type ActorReference = string | URL | { readonly did: string };

/**
 * The DID of an account.
 *
 * @throws ValidationError for what names none, and for handles that nobody has
 */
export async function didOfActor(actor: ActorReference, { didOf }: Pick<SocialTools, "didOf">): Promise<string> {
  const given = typeof actor === "object" && "did" in actor ? actor.did : String(actor);
  const name = bareName(nameIn(bareName(given)));
  if (isDid(name)) return name;
  if (!isHandle(name)) {
    throw refused(`${JSON.stringify(given)} is neither a handle nor a DID nor the URL of a profile`);
  }
  const did = await didOf(name);
  if (did === undefined) throw refused(`${name} is a handle that belongs to no account`);
  return did;
}

function nameIn(given: string): string {
  const url = /^https?:\/\//i.test(given) ? URL.parse(given) : null;
  if (url === null) return given.replace(/^@|^at:\/\/|\/$/g, "");
  const [first, name = "", ...rest] = withoutTrailingSlashes(url.pathname.replaceAll(/%3a/gi, ":")).split("/").slice(1);
  return first === "profile" && rest.length === 0 ? name : given;
}

export function refused(message: string): ValidationError {
  return new ValidationError(`${message}. Nothing was sent.`, { issues: [{ path: "", message }] });
}
