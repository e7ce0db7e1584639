import { createCipheriv, randomBytes } from "node:crypto";

/** As BSKY_SESSION_KEY has it. */
export const keyOfBefore = "00112233445566778899aabbccddeeff".repeat(2);

/** Seals a value, with {@link keyOfBefore} unless told otherwise, as versions did that bound tokens to their account, and not to their server. */
export function sealAsBefore(
  value: string,
  context: string,
  { key = Buffer.from(keyOfBefore, "hex"), salt = "-" } = {},
): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  cipher.setAAD(Buffer.from(context));
  const sealed = Buffer.concat([cipher.update(value, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return `skx1:${salt}:${nonce.toString("base64url")}:${sealed.toString("base64url")}`;
}
