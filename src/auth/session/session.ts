import type { SessionCreateMethod, SessionInput, SessionSummary, StoredSession } from "../../storage/ports/index.ts";
import type { Credential } from "../../core/call/call-account.ts";
import { readToken } from "../../core/http/token.ts";

/** A session in use. Never changed: a refresh makes another. */
export interface Session {
  /** Origin the login was sent to */
  readonly service: string;
  readonly did: string;
  readonly handle: string | null;
  readonly identifier: string | null;
  /** Origin of the account's own server; `undefined` as long as nobody could say */
  readonly pds: string | undefined;
  readonly accessJwt: string;
  readonly refreshJwt: string;
  /** Milliseconds since 1970; `null` if the token does not say */
  readonly accessExpiresAt: number | null;
  /** Milliseconds since 1970; `null` if the token does not say */
  readonly refreshExpiresAt: number | null;
  readonly createMethod: SessionCreateMethod;
  /** Of the stored row that it replaces or is; 0 if there is none */
  readonly generation: number;
  /** Storage has it */
  readonly saved: boolean;
}

/** A session without its tokens: what may be shown. */
export interface SessionInfo {
  /** Whose session it is */
  readonly did: string;
  /** The handle at the last login or refresh; `null` if the server gave none */
  readonly handle: string | null;
  /** Origin the login was sent to */
  readonly service: string;
  /** Origin of the account's own server, where calls go */
  readonly pds: string;
  /** Milliseconds since 1970; `null` if the token does not say */
  readonly accessExpiresAt: number | null;
  /** Milliseconds since 1970; `null` if the token does not say */
  readonly refreshExpiresAt: number | null;
}

/** Where calls go; the login's own server is the best guess as long as the account's is not known. */
export const homeOf = (session: Session): string => session.pds ?? session.service;

const expiryOf = (token: string): number | null => readToken(token).expiresAt ?? null;

/** Tokens with what they say of themselves, read once. */
export function tokens(accessJwt: string, refreshJwt: string) {
  return {
    accessJwt,
    refreshJwt,
    accessExpiresAt: expiryOf(accessJwt),
    refreshExpiresAt: expiryOf(refreshJwt),
  };
}

export const credentialOf = ({ did, accessJwt: accessToken, refreshJwt: refreshToken }: Session): Credential => ({
  did,
  accessToken,
  refreshToken,
});

export function infoOf(session: Session): SessionInfo {
  const { did, handle, service, accessExpiresAt, refreshExpiresAt } = session;
  return { did, handle, service, pds: homeOf(session), accessExpiresAt, refreshExpiresAt };
}

/** What may be shown of a session whose tokens cannot be read. */
export function infoOfSummary(row: SessionSummary): SessionInfo {
  const { did, handle, service, pdsServiceEndpoint, accessExpiresAt, refreshExpiresAt } = row;
  return { did, handle, service, pds: pdsServiceEndpoint ?? service, accessExpiresAt, refreshExpiresAt };
}

export function fromStored(row: StoredSession): Session {
  const { service, did, handle, identifier, createMethod, generation } = row;
  const pds = row.pdsServiceEndpoint ?? undefined;
  const own = tokens(row.accessJwt, row.refreshJwt);
  return { service, did, handle, identifier, pds, ...own, createMethod, generation, saved: true };
}

export function toStored(session: Session): SessionInput {
  const { pds, generation: _generation, saved: _saved, ...columns } = session;
  return { ...columns, ...(pds !== undefined && { pdsServiceEndpoint: pds }) };
}

/**
 * Whether a session that was there before is as new as one that comes from elsewhere. Refresh tokens say when they were made, and
 * each replaces the one before; those that do not say it are newer once they were refreshed here.
 */
export function isNewer(own: Session, other: Session): boolean {
  if (own.refreshJwt === other.refreshJwt) return true;
  const [mine, theirs] = [readToken(own.refreshJwt), readToken(other.refreshJwt)];
  const since =
    (mine.issuedAt ?? NaN) - (theirs.issuedAt ?? NaN) || (mine.expiresAt ?? NaN) - (theirs.expiresAt ?? NaN);
  return since > 0 || (!(since < 0) && own.createMethod === "refresh");
}
