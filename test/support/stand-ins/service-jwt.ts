import { createPublicKey, ECDH, verify, type KeyObject } from "node:crypto";
import { Refusal } from "./service.ts";

/** A service token whose signature and claims hold. https://atproto.com/specs/xrpc#inter-service-authentication-jwt */
export interface ServiceToken {
  /** DID of the account */
  readonly iss: string;
  readonly aud: string;
  readonly lxm: string | undefined;
  /** Seconds since 1970 */
  readonly exp: number;
  /** The token itself, to be used in the account's name elsewhere */
  readonly raw: string;
}

export interface Expected {
  /** DID of who shall accept it; a token for one of its services, `did#id`, is accepted too. Undefined: not looked at here */
  readonly aud: string | undefined;
  readonly lxm: string;
  /** URL of the PLC directory, which knows the account's key */
  readonly plc: string;
  /** Milliseconds since 1970 */
  readonly now: number;
}

/** Types of tokens that prove something else: sessions of the official PDS, and OAuth's proofs. */
const otherTypes: ReadonlySet<unknown> = new Set(["at+jwt", "refresh+jwt", "dpop+jwt"]);

const refuse = (error: string, message: string): never => {
  throw new Refusal(401, error, message);
};

/**
 * Verifies a service token as the official servers do, in their order and with their names of errors, on the signing key
 * that the directory has for the account now.
 *
 * @throws Refusal
 */
export async function verifyServiceToken(raw: string | undefined, expected: Expected): Promise<ServiceToken> {
  if (raw === undefined) return refuse("AuthMissing", "Authentication Required");
  const [head = "", payload = "", signature, ...rest] = raw.split(".");
  const header = partOf(head);
  const { iss, aud, lxm, exp } = partOf(payload);
  if (signature === undefined || rest.length > 0 || typeof header["alg"] !== "string") {
    return refuse("BadJwt", "poorly formatted jwt");
  }
  if (otherTypes.has(header["typ"])) return refuse("BadJwtType", `Invalid jwt type "${String(header["typ"])}"`);
  if (typeof iss !== "string" || typeof aud !== "string" || typeof exp !== "number") {
    return refuse("BadJwt", "poorly formatted jwt");
  }
  if (expected.now / 1000 > exp) return refuse("JwtExpired", "jwt expired");
  if (expected.aud !== undefined && aud.split("#")[0] !== expected.aud) {
    return refuse("BadJwtAudience", "jwt audience does not match service did");
  }
  if (lxm !== expected.lxm)
    return refuse("BadJwtLexiconMethod", `bad jwt lexicon method ("lxm"). must match: ${expected.lxm}`);
  if (!iss.startsWith("did:")) return refuse("BadJwtIss", "jwt iss is not a valid did");
  const key = await signingKey(iss, expected.plc);
  const signed = Buffer.from(`${head}.${payload}`);
  if (!verify("sha256", signed, { key, dsaEncoding: "ieee-p1363" }, Buffer.from(signature, "base64url"))) {
    return refuse("BadJwtSignature", "jwt signature does not match jwt issuer");
  }
  return { iss, aud, lxm: expected.lxm, exp, raw };
}

function partOf(text: string): Record<string, unknown> {
  try {
    const part: unknown = JSON.parse(Buffer.from(text, "base64url").toString());
    if (typeof part === "object" && part !== null) return part as Record<string, unknown>;
  } catch {
    // Said below.
  }
  return refuse("BadJwt", "poorly formatted jwt");
}

/** The directory's data rather than the DID document: test directories write keys there in forms of the past. */
async function signingKey(did: string, plc: string): Promise<KeyObject> {
  const answer = await fetch(`${plc}/${did}/data`);
  const { verificationMethods } = answer.ok
    ? ((await answer.json()) as { verificationMethods?: Record<string, string> })
    : {};
  const didKey = verificationMethods?.["atproto"];
  return didKey === undefined ? refuse("BadJwtIss", `could not resolve ${did}`) : keyOf(didKey);
}

/** Curves by the two bytes in front of a key: https://atproto.com/specs/cryptography#public-key-encoding */
const curves: Readonly<Record<string, readonly [name: string, jwk: string]>> = {
  e701: ["secp256k1", "secp256k1"],
  "8024": ["prime256v1", "P-256"],
};

/** A `did:key:z…` as a key that can verify. */
export function keyOf(didKey: string): KeyObject {
  const bytes = base58(didKey.replace("did:key:z", ""));
  const curve = curves[bytes.subarray(0, 2).toString("hex")];
  if (curve === undefined) throw new Error(`${didKey} is a key of a kind that atproto does not have`);
  const [name, crv] = curve;
  const point = ECDH.convertKey(bytes.subarray(2), name, undefined, undefined, "uncompressed") as Buffer;
  const x = point.subarray(1, 33).toString("base64url");
  const y = point.subarray(33).toString("base64url");
  return createPublicKey({ key: { kty: "EC", crv, x, y }, format: "jwk" });
}

const digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

function base58(text: string): Buffer {
  let value = 0n;
  for (const digit of text) value = value * 58n + BigInt(digits.indexOf(digit));
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
}
