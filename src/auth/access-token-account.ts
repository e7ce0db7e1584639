import type { CallAccount, Credential } from "../core/call/call-account.ts";
import { readToken } from "../core/http/token.ts";
import type { ServiceTokensContext } from "./service-tokens.ts";
import { ServiceTokens } from "./service-tokens.ts";

/** The account of an access token that the user keeps alone: nothing is stored or refreshed. */
export class AccessTokenAccount implements CallAccount {
  readonly serviceTokens: ServiceTokens;
  readonly #did: string | undefined;
  readonly #credential: Credential;
  readonly #home: string;
  readonly #trusted: ReadonlySet<string>;

  constructor(given: string, home: string, trusted: ReadonlySet<string>, parts: ServiceTokensContext) {
    const accessToken = given.trim();
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
