import {
  comAtprotoServerDescribeServer,
  comAtprotoServerGetServiceAuth,
} from "../../generated/definitions/com.atproto.ts";
import type { CallAccount, WaitLimit, ServiceTokenRequest, ServiceTokenSource } from "../core/call/call-account.ts";
import { accountsServer } from "../core/call/call-account.ts";
import type { Clock } from "../core/clock.ts";
import { ValidationError, XrpcError } from "../core/errors/index.ts";
import type { Call } from "../core/lexicon/namespace.ts";
import { didOfHost } from "../core/services.ts";
import { isDid, isServiceRef, parseNsid } from "../core/identifiers.ts";
import { readToken } from "../core/http/token.ts";
import { withDeadline } from "./with-deadline.ts";

/** A token by which another service knows the account. */
export interface ServiceAuthRequest {
  /** DID of the service that shall accept it, or `did#id` */
  readonly aud: string;
  /** NSID of the only method it shall be good for. Without it the token is good for all, and lives a minute at most */
  readonly lxm?: string | undefined;
  /** When it shall expire, **seconds** since 1970: at most an hour ahead. Default: 60 s ahead, which is up to the server */
  readonly exp?: number | undefined;
}

/** What all accounts of a client share. */
export interface ServiceTokensContext {
  readonly clock: Clock;
  /** Calls as nobody */
  readonly call: Call;
  readonly callAs: (account: CallAccount) => Call;
}

interface Held {
  readonly token: string;
  /** Milliseconds since 1970; `undefined` if the token does not say */
  readonly expiresAt: number | undefined;
}

/** Seconds a token must have left when it is sent, unless its use asks for more */
const LEFT = 10;

/**
 * An account's tokens for other services, signed by its own server. Each is kept until shortly before it expires, and asked
 * for once however many calls need it. https://docs.bsky.app/docs/api/com-atproto-server-get-service-auth
 */
export class ServiceTokens implements ServiceTokenSource {
  readonly #account: CallAccount;
  readonly #call: Call;
  readonly #context: ServiceTokensContext;
  readonly #held = new Map<string, Held>();
  readonly #asking = new Map<string, Promise<Held>>();
  /** DIDs of servers, by origin */
  readonly #servers = new Map<string, Promise<string>>();

  constructor(account: CallAccount, parts: ServiceTokensContext) {
    this.#account = account;
    this.#context = parts;
    this.#call = parts.callAs(account);
  }

  /** The call that needs it repeats what fails, not this. */
  async get(
    { aud, lxm, seconds, left = LEFT }: ServiceTokenRequest,
    patience: WaitLimit,
    refused?: string,
  ): Promise<string> {
    const { clock } = this.#context;
    const audience = aud === accountsServer ? await this.#audience(patience, refused) : aud;
    const key = await this.#key(audience, lxm, patience);
    const held = this.#held.get(key);
    if (held !== undefined && held.token !== refused && isGoodFor(held, left, clock)) return held.token;
    let asking = this.#asking.get(key);
    if (asking === undefined) {
      const exp = seconds === undefined ? undefined : Math.floor(clock.now() / 1000) + seconds;
      asking = this.#ask({ aud: audience, lxm, exp }, key, false).finally(() => this.#asking.delete(key));
      this.#asking.set(key, asking);
    }
    return (await withDeadline(clock, asking, patience)).token;
  }

  /**
   * A token for the user's own use: shared with calls, unless it shall expire at a certain time.
   *
   * @throws ValidationError for what every server refuses
   */
  async give(request: ServiceAuthRequest, patience: WaitLimit): Promise<string> {
    const { clock } = this.#context;
    checkServiceAuth(request, clock.now());
    const { aud, lxm, exp } = request;
    const key = exp === undefined ? await this.#key(aud, lxm, patience) : undefined;
    const held = key === undefined ? undefined : this.#held.get(key);
    if (held !== undefined && isGoodFor(held, LEFT, clock)) return held.token;
    return (await withDeadline(clock, this.#ask({ aud, lxm, exp }, key), patience)).token;
  }

  async #key(aud: string, lxm: string | undefined, patience: WaitLimit): Promise<string> {
    return `${await this.#account.did(patience)} ${aud} ${lxm}`;
  }

  /** @param key under which the token is kept; not at all if there is none */
  async #ask(
    params: { readonly aud: string; readonly lxm: string | undefined; readonly exp: number | undefined },
    key: string | undefined,
    retry?: false,
  ): Promise<Held> {
    const { token } = await this.#call(comAtprotoServerGetServiceAuth, params, { retry });
    const made = { token, expiresAt: readToken(token).expiresAt };
    if (key !== undefined) this.#held.set(key, made);
    return made;
  }

  /** The DID of the account's own server. */
  async #audience(patience: WaitLimit, refused: string | undefined): Promise<string> {
    const home = await this.#account.home(patience);
    // A server that was given another DID refuses tokens for the old one.
    if (refused !== undefined) this.#servers.delete(home);
    return withDeadline(this.#context.clock, this.#serverDid(home), patience);
  }

  /** What a server calls itself: it need not be the DID of its host name. */
  #serverDid(home: string): Promise<string> {
    let did = this.#servers.get(home);
    if (did === undefined) {
      did = this.#describe(home);
      this.#servers.set(home, did);
      did.catch(() => this.#servers.delete(home));
    }
    return did;
  }

  async #describe(home: string): Promise<string> {
    try {
      const { did } = await this.#context.call(comAtprotoServerDescribeServer, {}, { service: home, retry: false });
      if (typeof did === "string" && isDid(did)) return did;
    } catch (error) {
      // A server that does not answer now may do so later; one that will not say is called by its host.
      if (!(error instanceof XrpcError) || error.retryable) throw error;
    }
    return didOfHost(home);
  }
}

const isGoodFor = ({ expiresAt }: Held, seconds: number, clock: Clock): boolean =>
  expiresAt !== undefined && expiresAt - seconds * 1000 > clock.now();

/** Seconds; the limits of `packages/pds/src/api/com/atproto/server/getServiceAuth.ts` in https://github.com/bluesky-social/atproto */
const LONGEST = { withMethod: 3600, without: 60 };

function refuse(path: string, message: string): never {
  throw new ValidationError(`serviceAuth: ${path} ${message}. Nothing was sent.`, { issues: [{ path, message }] });
}

/** @throws ValidationError for what every server refuses */
function checkServiceAuth({ aud, lxm, exp }: ServiceAuthRequest, now: number): void {
  if (!isDid(aud) && !isServiceRef(aud)) {
    refuse("aud", `must be a DID such as "did:web:video.bsky.app", or did#service, not ${JSON.stringify(aud)}`);
  }
  if (lxm !== undefined && parseNsid(lxm) !== lxm) {
    refuse("lxm", `must be an NSID such as "com.atproto.repo.uploadBlob", not ${JSON.stringify(lxm)}`);
  }
  if (exp === undefined) return;
  const most = lxm === undefined ? LONGEST.without : LONGEST.withMethod;
  const ahead = exp - now / 1000;
  if (!Number.isInteger(exp)) refuse("exp", `must be whole seconds since 1970, not ${exp}`);
  if (exp > 1e11) refuse("exp", `must be seconds since 1970, not milliseconds: ${exp}`);
  if (ahead <= 0) refuse("exp", `is in the past: ${exp}`);
  if (ahead > most) {
    refuse(
      "exp",
      `may be ${most} seconds ahead at most${lxm === undefined ? " without lxm" : ""}, not ${Math.ceil(ahead)}`,
    );
  }
}
