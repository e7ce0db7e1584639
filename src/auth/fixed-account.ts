import type { CallAccount, Credential } from "../core/account.ts";
import { readToken } from "../core/token.ts";
import type { ServiceTokensParts } from "./service-auth.ts";
import { ServiceTokens } from "./service-auth.ts";

/** The account of an access token that the user keeps alone: nothing is stored or refreshed. */
export class FixedAccount implements CallAccount {
  readonly serviceTokens: ServiceTokens;
  readonly #did: string | undefined;
  readonly #credential: Credential;
  readonly #home: string;
  readonly #trusted: ReadonlySet<string>;

  constructor(accessToken: string, home: string, trusted: ReadonlySet<string>, parts: ServiceTokensParts) {
    this.#did = readToken(accessToken).subject;
    this.#credential = { did: this.#did, accessToken, refreshToken: undefined };
    this.#home = home;
    this.#trusted = trusted;
    this.serviceTokens = new ServiceTokens(this, parts);
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

  owns(repo: string): boolean {
    return repo === this.#did;
  }

  async credential(): Promise<Credential> {
    return this.#credential;
  }
}
