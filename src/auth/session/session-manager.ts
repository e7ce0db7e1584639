import type { CallAccount, Credential, WaitLimit } from "../../core/call/call-account.ts";
import { AuthenticationError, SessionError, SkylexError } from "../../core/errors/index.ts";
import { pdsOf } from "../../identity/did-document.ts";
import type { LoginOptions } from "../login.ts";
import { Login, mismatch } from "../login.ts";
import { isEmail, plainName } from "../../core/identifiers.ts";
import { findSession, findSummary } from "./find-session.ts";
import type { Session, SessionInfo } from "./session.ts";
import { credentialOf, homeOf, infoOf, infoOfSummary, isNewer, tokens } from "./session.ts";
import { ServiceTokens } from "../service-tokens.ts";
import type { SessionEvent } from "./session-events.ts";
import type { SessionContext } from "./session-context.ts";
import type { SessionResponse } from "./session-endpoints.ts";
import { isTokenRejection } from "./session-endpoints.ts";
import { isUnreadable } from "./stored-sessions.ts";
import { withDeadline } from "../with-deadline.ts";

/** Tokens are renewed this long before they expire. */
const aheadMs = 60_000;

/** The session of one account: found in storage, else made by a login; kept fresh; the same for all calls of a client. */
export class SessionManager implements CallAccount {
  /** As the user names the account, plain: handle, DID or e-mail address */
  readonly name: string;
  readonly serviceTokens: ServiceTokens;
  readonly logins: Login;
  readonly #context: SessionContext;
  #session: Session | undefined;
  /** Logged out: nothing happens by itself any more */
  #ended = false;
  /** False once a new token was about to expire, too: then this machine's clock is wrong, and only the server can tell */
  #clockIsRight = true;
  #starting: Promise<Session> | undefined;
  #renewing: Promise<Session> | undefined;
  #saving = false;
  /** Refreshes in a row that got no answer */
  #silences = 0;
  /** End of the queue of what changes the session */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(name: string, password: string | undefined, parts: SessionContext) {
    this.name = name;
    this.#context = parts;
    this.logins = new Login(name, password, parts);
    this.serviceTokens = new ServiceTokens(this, parts);
  }

  get current(): Session | undefined {
    return this.#session;
  }

  get ended(): boolean {
    return this.#ended;
  }

  async home(patience: WaitLimit): Promise<string> {
    return homeOf(this.#session ?? (await withDeadline(this.#context.clock, this.ready(), patience)));
  }

  async did(patience: WaitLimit): Promise<string> {
    return (this.#session ?? (await withDeadline(this.#context.clock, this.ready(), patience))).did;
  }

  async trusts(origin: string, patience: WaitLimit): Promise<boolean> {
    const { service, trustedServices, clock, identity } = this.#context;
    if (trustedServices.has(origin) || origin === service) return true;
    const find = async (): Promise<boolean> => {
      const session = await this.known();
      if (session !== undefined) return origin === homeOf(session) || origin === session.service;
      if (isEmail(this.name) || service !== undefined) return false;
      // Not found means not trusted; the call goes on without a token.
      const known = await identity.resolve(this.name).catch(() => undefined);
      return known?.pds === origin;
    };
    return withDeadline(clock, find(), patience);
  }

  owns(repo: string): boolean {
    return [this.#session?.did, this.#session?.handle].includes(plainName(repo));
  }

  /** The session in use, else the stored one: no login is made for it. */
  async known(): Promise<Session | undefined> {
    if (this.#session !== undefined || this.#ended) return this.#session;
    const stored = await findSession(this.name, this.#context);
    return stored && this.#located(stored);
  }

  async credential(patience: WaitLimit): Promise<Credential> {
    const { clock } = this.#context;
    let session = this.#session ?? (await withDeadline(clock, this.ready(), patience));
    if (this.#isDue(session)) {
      try {
        session = await withDeadline(clock, this.#renewed(session.accessJwt), patience);
      } catch (error) {
        // It has up to a minute left, and the next call asks again.
        if (!isPassing(error) || (session.accessExpiresAt ?? 0) <= clock.now()) throw error;
      }
    }
    this.#saveAgain();
    return credentialOf(session);
  }

  async renew(refused: Credential, patience: WaitLimit): Promise<Credential> {
    return credentialOf(await withDeadline(this.#context.clock, this.#renewed(refused.accessToken), patience));
  }

  /** The session in use, else the stored one, else that of a login. Any number of callers share one attempt. */
  ready(): Promise<Session> {
    if (this.#session !== undefined) return Promise.resolve(this.#session);
    return (this.#starting ??= this.#inTurn(async () => this.#session ?? this.#start()).finally(() => {
      this.#starting = undefined;
    }));
  }

  /**
   * Uses the stored session unless `fresh` or a code is given, else logs in. A new password is kept for later. One that is at hand
   * makes another session in place of a stored one that cannot be read.
   */
  login(password: string | undefined, { authFactorToken, fresh = false }: LoginOptions = {}): Promise<Session> {
    return this.#inTurn(async () => {
      this.#ended = false;
      this.logins.anew(password);
      if (!fresh && authFactorToken === undefined) {
        try {
          return this.#session ?? (await this.#start());
        } catch (error) {
          if (!isUnreadable(error) || !this.logins.isPossible) throw error;
        }
      }
      const service = await this.logins.service();
      return this.#context.keeper.alone(service, this.name, () => this.#create(service, authFactorToken));
    });
  }

  /** Ends the session here, in storage and at the server; a refresh that is under way is waited for. */
  logout(): Promise<void> {
    return this.#inTurn(async () => {
      const { keeper } = this.#context;
      let session: Session | undefined;
      try {
        session = await this.known();
      } catch (error) {
        if (!isUnreadable(error)) throw error;
        await this.#endUnread(error.message);
      }
      if (session !== undefined) {
        const { service, did } = session;
        await keeper.alone(service, did, () => this.#end(session));
      }
      this.#ended = true;
    });
  }

  /** Under the lock. */
  async #end(session: Session): Promise<void> {
    const { keeper, server } = this.#context;
    const stored = await keeper.newest(session);
    const isNewest = typeof stored === "object" && stored.generation > session.generation;
    const newest = isNewest ? await this.#located(stored) : session;
    if (stored !== "gone") await server.delete(newest);
    this.#lose(infoOf(newest), "logout");
    this.#ended = true;
    await keeper.delete(session);
  }

  async #endUnread(reason: string): Promise<void> {
    const { keeper } = this.#context;
    const row = await findSummary(this.name, this.#context);
    if (row === undefined) return;
    await keeper.alone(row.service, row.did, () => keeper.deleteUnread(row, reason));
    this.#lose(infoOfSummary(row), "logout");
  }

  /** Takes a session from elsewhere, unless what is here came after it: its tokens were replaced by these. */
  import(session: Session): Promise<Session> {
    return this.#inTurn(async () => {
      this.#ended = false;
      const { keeper } = this.#context;
      return keeper.alone(session.service, session.did, async () => {
        const stored = await keeper.newest(session);
        const here = [this.#session, typeof stored === "object" ? stored : undefined];
        const newest = here.reduce<Session>(
          (best, one) => (one?.service === session.service && isNewer(one, best) ? one : best),
          session,
        );
        const located = await this.#located(newest);
        return newest === session ? this.#keep(located, "created") : (this.#session = located);
      });
    });
  }

  /** Lets what is under way end, and tries once more to store what could not be stored. */
  settle(): Promise<void> {
    return this.#inTurn(async () => {
      const session = this.#session;
      if (session !== undefined && !session.saved) this.#session = await this.#context.keeper.saveAgain(session, true);
    });
  }

  #inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    const turn = this.#queue.then(work);
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  async #start(): Promise<Session> {
    const { keeper } = this.#context;
    if (this.#ended) throw this.logins.impossible("it was logged out");
    const stored = await findSession(this.name, this.#context);
    if (stored !== undefined) return (this.#session = await this.#located(stored));
    this.logins.check();
    const service = await this.logins.service();
    // Several processes that start together log in once.
    return keeper.alone(service, this.name, async () => {
      const other = await findSession(this.name, this.#context);
      return other === undefined ? this.#create(service) : (this.#session = await this.#located(other));
    });
  }

  async #create(service: string, authFactorToken?: string): Promise<Session> {
    return this.#keep(await this.#located(await this.logins.create(service, authFactorToken)), "created");
  }

  /** The same session with the account's own server in it, if anybody can say. */
  async #located(session: Session): Promise<Session> {
    if (session.pds !== undefined) return session;
    const known = await this.#context.identity.resolve(session.did).catch(() => undefined);
    return known === undefined ? session : { ...session, pds: known.pds };
  }

  #isDue(session: Session): boolean {
    const expiry = this.#clockIsRight ? session.accessExpiresAt : null;
    return expiry !== null && expiry - aheadMs <= this.#context.clock.now();
  }

  /** A session with another access token than this one, which the server refused or will refuse soon. */
  #renewed(accessJwt: string): Promise<Session> {
    const session = this.#session;
    if (session !== undefined && session.accessJwt !== accessJwt) return Promise.resolve(session);
    return (this.#renewing ??= this.#inTurn(async () => {
      const now = this.#session ?? (await this.#start());
      if (now.accessJwt !== accessJwt) return now;
      return this.#context.keeper.alone(now.service, now.did, () => this.#refresh(now));
    }).finally(() => {
      this.#renewing = undefined;
    }));
  }

  /** Under the lock: nobody else refreshes this account now. */
  async #refresh(old: Session): Promise<Session> {
    const { keeper, server } = this.#context;
    const stored = await keeper.newest(old);
    if (stored === "gone") return this.#replace(old, "ended");
    let session = old;
    if (stored !== "unknown" && isNews(stored, old)) {
      session = this.#session = await this.#located(stored);
      if (!this.#isDue(session)) return session;
    }
    let answer: SessionResponse;
    try {
      answer = await server.refresh(session);
    } catch (error) {
      if (!isTokenRejection(error)) {
        await this.#lookAgain(session);
        throw error;
      }
      const newer = await keeper.newest(session);
      if (typeof newer === "object" && isNews(newer, session)) {
        return (this.#session = await this.#located(newer));
      }
      return this.#replace(session, "refused", error);
    }
    this.#silences = 0;
    const { did, handle, accessJwt, refreshJwt, didDoc } = answer;
    if (did !== session.did) throw mismatch(session.did, did, homeOf(session));
    const pds = pdsOf(didDoc, did) ?? session.pds;
    const own = tokens(accessJwt, refreshJwt);
    const next = { ...session, handle, pds, ...own, createMethod: "refresh", saved: false } as const;
    if (this.#isDue(next)) this.#clockIsRight = false;
    return this.#keep(await this.#located(next), "refreshed");
  }

  /** A server that does not answer may have lost the account: only the directory knows, and only if it is asked again. */
  async #lookAgain(session: Session): Promise<void> {
    if (++this.#silences % 2 === 1) return;
    const now = await this.#context.identity.resolve(session.did, { fresh: true }).catch(() => undefined);
    if (now !== undefined && now.pds !== session.pds) this.#session = { ...session, pds: now.pds };
  }

  /** The last resort for a session that no server takes: a login, else its end. */
  async #replace(session: Session, reason: "refused" | "ended", cause?: Error): Promise<Session> {
    const why = reason === "ended" ? "it was ended by another process" : (cause?.message ?? "refused");
    let failure: unknown = new SessionError(
      `The session of ${session.handle ?? session.did} (${session.did}) is over: ${why}. Log in again: client.login(identifier, password)`,
      { did: session.did, reason, cause },
    );
    if (this.logins.isPossible) {
      try {
        // The account may have moved since it logged in. A password goes to the server that it is at now, and to no other.
        const service = await this.logins.service();
        const made = await this.#create(service);
        if (service !== session.service) await this.#context.keeper.markDead(session, "replaced by a login elsewhere");
        return made;
      } catch (error) {
        // Only a refusal is final; a login that got no answer can be tried again.
        if (!(error instanceof AuthenticationError)) throw error;
        failure = error;
      }
    }
    await this.#context.keeper.markDead(session, why);
    this.#lose(infoOf(session), why);
    throw failure;
  }

  #lose(session: SessionInfo, reason: string): void {
    this.#session = undefined;
    this.#context.events.emit({ type: "lost", session, reason });
  }

  async #keep(session: Session, type: SessionEvent["type"]): Promise<Session> {
    // In use before it is stored: whatever happens to storage, the old token is gone.
    this.#session = session;
    this.#session = await this.#located(await this.#context.keeper.save(session));
    this.#context.events.emit({ type, session: infoOf(this.#session) });
    return this.#session;
  }

  /** Beside the call, which does not wait for it. */
  #saveAgain(): void {
    const session = this.#session;
    if (session === undefined || this.#saving || !this.#context.keeper.isDue(session)) return;
    this.#saving = true;
    void this.#inTurn(async () => {
      if (this.#session === session) this.#session = await this.#context.keeper.saveAgain(session, false);
    }).finally(() => {
      this.#saving = false;
    });
  }
}

/** Says nothing about the session: no answer, or one of something that failed. */
const isPassing = (error: unknown): boolean => error instanceof SkylexError && (error.retryable || error.ambiguous);

/**
 * Whether a stored session came after one's own. Generations begin again when an account is logged out and in, so what was stored
 * with other tokens than one's own is news as well; unless one's own could not be stored, and what is there is older.
 */
const isNews = (stored: Session, own: Session): boolean =>
  stored.generation > own.generation || (own.saved && stored.refreshJwt !== own.refreshJwt);
