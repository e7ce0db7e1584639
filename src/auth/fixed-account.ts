import type { CallAccount, Credential } from "../core/account.ts";
import { readToken } from "./token.ts";

/** The account of an access token that the user keeps alone: nothing is stored or refreshed. */
export class FixedAccount implements CallAccount {
  readonly #did: string | undefined;
  readonly #credential: Credential;
  readonly #home: string;
  readonly #trusted: ReadonlySet<string>;

  constructor(accessToken: string, home: string, trusted: ReadonlySet<string>) {
    this.#did = readToken(accessToken).subject;
    this.#credential = { did: this.#did, accessToken, refreshToken: undefined };
    this.#home = home;
    this.#trusted = trusted;
  }

  async home(): Promise<string> {
    return this.#home;
  }

  async did(): Promise<string | undefined> {
    return this.#did;
  }

  async trusts(origin: string): Promise<boolean> {
    return origin === this.#home || this.#trusted.has(origin);
  }

  async credential(): Promise<Credential> {
    return this.#credential;
  }
}
