import { createHmac, randomBytes } from "node:crypto";

/** Every dev PDS signs its session tokens with this, so tests can sign their own. */
const devSecret = "jwt-secret";

export interface TokenOwner {
  /** The account */
  did: string;
  /** The PDS that shall accept it */
  pdsDid: string;
  /** What signs it, where that is not what the PDS signs with now */
  secret?: string;
}

/** An access token that expired a minute ago; with a positive `expiresInSeconds` a good one that dies that soon. */
export function forgeAccessToken({ did, pdsDid, secret }: TokenOwner, expiresInSeconds = -60): string {
  return sign("at+jwt", { scope: "com.atproto.access", aud: pdsDid, sub: did }, expiresInSeconds, secret);
}

/** A refresh token past its end. (One that works can not be forged: the PDS keeps a row for each.) */
export function forgeExpiredRefreshToken({ did, pdsDid, secret }: TokenOwner, expiresInSeconds = -60): string {
  const jti = randomBytes(32).toString("base64");
  return sign("refresh+jwt", { scope: "com.atproto.refresh", aud: pdsDid, sub: did, jti }, expiresInSeconds, secret);
}

function sign(
  typ: string,
  claims: Record<string, string>,
  expiresInSeconds: number,
  secret: string = devSecret,
): string {
  const now = Math.floor(Date.now() / 1000);
  const exp = now + expiresInSeconds;
  // Issued before it expired, however long ago that was.
  const payload = { ...claims, iat: Math.min(now, exp) - 60, exp };
  const unsigned = [{ typ, alg: "HS256" }, payload].map(encode).join(".");
  return `${unsigned}.${createHmac("sha256", secret).update(unsigned).digest("base64url")}`;
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}
