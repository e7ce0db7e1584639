import type * as nodeCrypto from "node:crypto";
import { StorageError } from "../../core/errors/index.ts";
import { withoutNewline } from "../../core/identifiers.ts";

/**
 * Tokens at rest: AES-256-GCM with a fresh nonce for each value. A sealed value is
 * `skx1:<salt or ->:<nonce>:<ciphertext and tag>:<form>`, each part base64url. A key of 32 bytes is used as it is; anything
 * else is a passphrase, stretched by scrypt with the salt kept in the value. No JWT starts with `skx1:`, so values
 * stored before a key was set are told apart and stay readable. The form is `2` where the value is bound to all of its context, and
 * left out where it was stored before it was bound to the server that the token is for.
 */
const PREFIX = "skx1:";
const FORM = "2";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SALT_BYTES = 16;
const SCRYPT = { N: 1 << 15, r: 8, p: 1, maxmem: 64 << 20 };

// The built-in is fetched when a key is first used: reading its exports at import would cost every program.
const crypto = (): typeof nodeCrypto => process.getBuiltinModule("node:crypto");

/** What a sealed value belongs to: moved elsewhere it does not open. */
export interface SealContext {
  /** The token and its account */
  readonly owner: string;
  /** Where the token goes; `undefined` where nobody could say */
  readonly endpoint: string | undefined;
}

/** A value as it was before it was sealed. */
export interface OpenedValue {
  readonly value: string;
  /** Whether the endpoint was sealed with it. What was stored without a key, or in the older form, says nothing of its endpoint */
  readonly isBound: boolean;
}

/** Seals and opens values. */
export interface Cipher {
  /** Whether there is a key: then nothing that a database says of endpoints is believed unless it was sealed */
  readonly hasKey: boolean;
  seal(value: string, context: SealContext): Promise<string>;
  /** @throws StorageError `wrong-key` or `missing-key` */
  open(stored: string, context: SealContext): Promise<OpenedValue>;
}

const authenticated = ({ owner, endpoint }: SealContext): Buffer => Buffer.from(`${owner}\n${FORM}\n${endpoint ?? ""}`);

/** 32 bytes as hex (64 digits), base64 or base64url; `undefined` for anything else, which is a passphrase. */
function rawKey(text: string): Buffer | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, "hex");
  if (/^[\w+/-]{43}=?$/.test(text)) return Buffer.from(text, "base64url");
  return undefined;
}

/** @param key as in `BSKY_SESSION_KEY`; without one (or with an empty one) new values are stored as they are */
export function createCipher(key: string | undefined): Cipher {
  const bare = withoutNewline(key ?? "");
  if (key === undefined || bare === "") return plainCipher;
  const cipher = new AesCipher(bare);
  return bare === key ? cipher : new LenientCipher(cipher, new AesCipher(key));
}

/** Reads what was sealed while the newline at the end of a file was taken for a part of its key. */
class LenientCipher implements Cipher {
  readonly hasKey = true;
  readonly #cipher: Cipher;
  readonly #former: Cipher;

  constructor(cipher: Cipher, former: Cipher) {
    this.#cipher = cipher;
    this.#former = former;
  }

  seal(value: string, context: SealContext): Promise<string> {
    return this.#cipher.seal(value, context);
  }

  async open(stored: string, context: SealContext): Promise<OpenedValue> {
    try {
      return await this.#cipher.open(stored, context);
    } catch (error) {
      return this.#former.open(stored, context).catch(() => Promise.reject(error as Error));
    }
  }
}

const REPLACE =
  "Without that key, client.login(identifier, password) stores another session in its place, and client.logout() deletes it.";

const plainCipher: Cipher = {
  hasKey: false,
  seal: async (value) => value,
  open: async (stored) => {
    if (!stored.startsWith(PREFIX)) return { value: stored, isBound: false };
    throw new StorageError(
      `The stored session is encrypted, and no key is set. Set BSKY_SESSION_KEY to the key it was stored with. ${REPLACE}`,
      { code: "missing-key" },
    );
  },
};

class AesCipher implements Cipher {
  readonly hasKey = true;
  readonly #raw: Buffer | undefined;
  readonly #passphrase: string;
  readonly #derived = new Map<string, Promise<Buffer>>();
  /** One salt for all values this process writes, taken from what it reads: scrypt is slow on purpose. */
  #salt: string | undefined;

  constructor(key: string) {
    this.#raw = rawKey(key);
    this.#passphrase = key;
  }

  async seal(value: string, context: SealContext): Promise<string> {
    const salt = this.#raw ? "-" : (this.#salt ??= crypto().randomBytes(SALT_BYTES).toString("base64url"));
    const nonce = crypto().randomBytes(NONCE_BYTES);
    const cipher = crypto().createCipheriv("aes-256-gcm", await this.#keyFor(salt), nonce);
    cipher.setAAD(authenticated(context));
    const sealed = Buffer.concat([cipher.update(value, "utf8"), cipher.final(), cipher.getAuthTag()]);
    return `${PREFIX}${salt}:${nonce.toString("base64url")}:${sealed.toString("base64url")}:${FORM}`;
  }

  async open(stored: string, context: SealContext): Promise<OpenedValue> {
    if (!stored.startsWith(PREFIX)) return { value: stored, isBound: false };
    const [salt = "", nonce = "", sealed = "", form] = stored.slice(PREFIX.length).split(":");
    const isBound = form === FORM;
    try {
      const bytes = Buffer.from(sealed, "base64url");
      const key = await this.#keyFor(salt);
      const decipher = crypto().createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "base64url"), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(isBound ? authenticated(context) : Buffer.from(context.owner));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      const value = decipher.update(bytes.subarray(0, -TAG_BYTES), undefined, "utf8") + decipher.final("utf8");
      if (salt !== "-") this.#salt ??= salt;
      return { value, isBound };
    } catch {
      // The original error tells nothing more, and must not carry the value along as its cause.
      throw new StorageError(
        `The stored session does not open with BSKY_SESSION_KEY: it was stored with another key, or was changed since. Set the key it was stored with. ${REPLACE}`,
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
