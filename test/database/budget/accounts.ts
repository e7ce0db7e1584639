import type { ClientOptions } from "../../../src/client/options.ts";

export const ALICE = "did:plc:alice";
export const BOB = "did:plc:bob";
export const SERVICE = "https://pds.example";

/** A token that says whose it is, and is good for nothing. */
export const tokenOf = (did: string): string =>
  `e30.${Buffer.from(JSON.stringify({ sub: did })).toString("base64url")}.x`;

export const accountOf = (did: string): ClientOptions => ({ service: SERVICE, accessToken: tokenOf(did) });
