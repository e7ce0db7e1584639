import type * as nodeCrypto from "node:crypto";
import { StorageError } from "../../core/errors/index.ts";

/**
 * Tokens at rest: AES-256-GCM with a fresh nonce for each value. A sealed value is
 * `skx1:<salt or ->:<nonce>:<ciphertext and tag>`, each part base64url. A key of 32 bytes is used as it is; anything
 * else is a passphrase, stretched by scrypt with the salt kept in the value. No JWT starts with `skx1:`, so values
 * stored before a key was set are told apart and stay readable.
 */
const PREFIX = "skx1:";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SALT_BYTES = 16;
const SCRYPT = { N: 1 << 15, r: 8, p: 1, maxmem: 64 << 20 };

// The built-in is fetched when a key is first used: reading its exports at import would cost every program.
const crypto = (): typeof nodeCrypto => process.getBuiltinModule("node:crypto");

/** Seals and opens values. `context` names what the value belongs to: a sealed value moved elsewhere does not open. */
export interface Cipher {
  seal(value: string, context: string): Promise<string>;
  /** @throws StorageError `wrong-key` or `missing-key` */
  open(stored: string, context: string): Promise<string>;
}

/** 32 bytes as hex (64 digits), base64 or base64url; `undefined` for anything else, which is a passphrase. */
function rawKey(text: string): Buffer | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, "hex");
  if (/^[\w+/-]{43}=?$/.test(text)) return Buffer.from(text, "base64url");
  return undefined;
}

/** @param key as in `BSKY_SESSION_KEY`; without one (or with an empty one) new values are stored as they are */
export function createCipher(key: string | undefined): Cipher {
  return key ? new AesCipher(key) : plainCipher;
}

const plainCipher: Cipher = {
  seal: async (value) => value,
  open: async (stored) => {
    if (!stored.startsWith(PREFIX)) return stored;
    throw new StorageError(
      "The stored session is encrypted, and no key is set. Set BSKY_SESSION_KEY to the key it was stored with, or delete the session and log in again.",
      { code: "missing-key" },
    );
  },
};

class AesCipher implements Cipher {
  readonly #raw: Buffer | undefined;
  readonly #passphrase: string;
  readonly #derived = new Map<string, Promise<Buffer>>();
  /** One salt for all values this process writes, taken from what it reads: scrypt is slow on purpose. */
  #salt: string | undefined;

  constructor(key: string) {
    this.#raw = rawKey(key);
    this.#passphrase = key;
  }

  async seal(value: string, context: string): Promise<string> {
    const salt = this.#raw ? "-" : (this.#salt ??= crypto().randomBytes(SALT_BYTES).toString("base64url"));
    const nonce = crypto().randomBytes(NONCE_BYTES);
    const cipher = crypto().createCipheriv("aes-256-gcm", await this.#keyFor(salt), nonce);
    cipher.setAAD(Buffer.from(context));
    const sealed = Buffer.concat([cipher.update(value, "utf8"), cipher.final(), cipher.getAuthTag()]);
    return `${PREFIX}${salt}:${nonce.toString("base64url")}:${sealed.toString("base64url")}`;
  }

  async open(stored: string, context: string): Promise<string> {
    if (!stored.startsWith(PREFIX)) return stored;
    const [salt = "", nonce = "", sealed = ""] = stored.slice(PREFIX.length).split(":");
    try {
      const bytes = Buffer.from(sealed, "base64url");
      const key = await this.#keyFor(salt);
      const decipher = crypto().createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "base64url"), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(Buffer.from(context));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      const opened = decipher.update(bytes.subarray(0, -TAG_BYTES), undefined, "utf8") + decipher.final("utf8");
      if (salt !== "-") this.#salt ??= salt;
      return opened;
    } catch {
      // The original error tells nothing more, and must not carry the value along as its cause.
      throw new StorageError(
        "The stored session does not open with BSKY_SESSION_KEY: it was stored with another key, or was changed. Set the key it was stored with, or delete the session and log in again.",
        { code: "wrong-key" },
      );
    }
  }

  async #keyFor(salt: string): Promise<Buffer> {
    if (salt === "-") {
      if (!this.#raw) throw new Error("sealed with a key of 32 bytes, and a passphrase is set");
      return this.#raw;
    }
    let derived = this.#derived.get(salt);
    if (!derived) {
      derived = new Promise<Buffer>((resolve, reject) => {
        crypto().scrypt(this.#passphrase, Buffer.from(salt, "base64url"), 32, SCRYPT, (error, bytes) =>
          error ? reject(error) : resolve(bytes),
        );
      });
      this.#derived.set(salt, derived);
    }
    return derived;
  }
}
