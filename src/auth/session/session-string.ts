import { ValidationError } from "../../core/errors/index.ts";
import { entryway } from "../../core/services.ts";
import { parseService } from "../../core/identifiers.ts";
import type { Session } from "./session.ts";
import { homeOf, tokens } from "./session.ts";

const prefix = "skylex1.";

/** Writes a session, with its tokens, as one string of letters that need no quoting anywhere. */
export function writeSession(session: Session): string {
  const { service, did, handle, identifier, accessJwt, refreshJwt } = session;
  const fields = { service, did, handle, identifier, pds: homeOf(session), accessJwt, refreshJwt };
  return prefix + Buffer.from(JSON.stringify(fields)).toString("base64url");
}

/**
 * Reads what {@link writeSession} wrote, or the string of the Python SDK: `handle:::did:::access:::refresh[:::pds]`.
 *
 * @throws ValidationError, which does not show the string
 */
export function readSession(text: string): Session {
  const bare = text.trim();
  const fields = bare.startsWith(prefix) ? ownFields(bare.slice(prefix.length)) : pythonFields(bare);
  const { did, accessJwt, refreshJwt, handle, identifier } = fields;
  if (typeof did !== "string" || !did.startsWith("did:") || !isToken(accessJwt) || !isToken(refreshJwt)) refuse();
  return {
    service: parseService(String(fields["service"]), "session string: service"),
    did,
    handle: typeof handle === "string" ? handle : null,
    identifier: typeof identifier === "string" ? identifier : null,
    pds: typeof fields["pds"] === "string" ? parseService(fields["pds"], "session string: pds") : undefined,
    ...tokens(accessJwt, refreshJwt),
    createMethod: "create",
    generation: 0,
    saved: false,
  };
}

// Characters of an HTTP header's token: a string from elsewhere must not smuggle a second header in.
const isToken = (value: unknown): value is string => typeof value === "string" && /^[\w.~+/=-]+$/.test(value);

function ownFields(encoded: string): Record<string, unknown> {
  try {
    const fields = JSON.parse(Buffer.from(encoded, "base64url").toString()) as unknown;
    return typeof fields === "object" && fields !== null ? (fields as Record<string, unknown>) : {};
  } catch {
    return refuse();
  }
}

function pythonFields(text: string): Record<string, unknown> {
  const [handle, did, accessJwt, refreshJwt, pds] = text.split(":::");
  return { handle, did, accessJwt, refreshJwt, pds, service: pds ?? entryway };
}

function refuse(): never {
  throw new ValidationError("This is not a session string, or not a whole one. client.session.export() writes them.", {
    issues: [{ path: "session string", message: "unreadable" }],
  });
}
