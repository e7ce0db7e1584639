import { comAtprotoIdentityResolveHandle } from "../../generated/definitions/com.atproto.ts";
import type { Clock } from "../core/clock.ts";
import { NetworkError, SessionError, XrpcError } from "../core/errors/index.ts";
import type { Transport } from "../core/http/transport.ts";
import { Cancellation } from "../core/http/transport.ts";
import type { Call } from "../core/lexicon/namespace.ts";
import type { CallOptions } from "../core/call/options.ts";
import type { ServiceKind } from "./did-document.ts";
import { documentUrl, isLoopback, personalDataServer, serviceOf } from "./did-document.ts";
import { isDid, plainName } from "../core/identifiers.ts";

export interface IdentityConfig {
  /** Calls the resolver */
  readonly call: Call;
  /** Calls servers that are asked before it */
  readonly callFirst: Call;
  readonly transport: Transport;
  readonly clock: Clock;
  /** Origin of the server that is asked for the DIDs of handles */
  readonly resolver: string;
  /** Origin of the PLC directory */
  readonly plcDirectory: string;
}

export interface Identity {
  readonly did: string;
  /** Origin of the account's own server */
  readonly pds: string;
}

export interface ResolveOptions {
  /** Ask again, whatever is known. Default false */
  readonly fresh?: boolean;
  /** Ask once and for a few seconds only, since there is something to go by without the answer. Default false */
  readonly brief?: boolean;
}

export interface HandleOptions extends ResolveOptions {
  /** Origin of a server that is asked before the one that all are asked of */
  readonly first?: string | undefined;
}

/** Identities change rarely; a move to another server is seen after this at the latest. */
const maxAgeMs = 10 * 60_000;
const maxEntries = 1000;
/** The official server has one name for handles of its own domains, and another for those it had to look for. */
const unknownHandle: readonly string[] = ["HandleNotFound", "InvalidRequest"];
const documentTimeoutMs = 10_000;
const briefTimeoutMs = 5_000;

/** Of a DID document; those of the network have a hundredth of it. */
const MOST_DOCUMENT_BYTES = 262_144;

/** Finds accounts: handle -> DID -> the account's own server. What it found is remembered for ten minutes. */
export class IdentityResolver {
  readonly #config: IdentityConfig;
  /** DIDs by handle, servers by DID, other services by DID and name */
  readonly #known = new Map<string, { readonly at: number; readonly found: Promise<string> }>();

  constructor(config: IdentityConfig) {
    this.#config = config;
  }

  /**
   * @param name handle or DID
   * @throws XrpcError, NetworkError … as the server answers, SessionError `unresolved` if there is no such account
   */
  async resolve(name: string, { fresh = false }: ResolveOptions = {}): Promise<Identity> {
    const key = plainName(name);
    const did = await this.#did(key, fresh);
    return { did, pds: await this.#remember(did, fresh, () => this.#serverOf(did, personalDataServer)) };
  }

  /**
   * Origin of a service that an account has beside its own server.
   *
   * @param name handle or DID
   * @throws as {@link resolve}
   */
  async service(name: string, kind: ServiceKind): Promise<string> {
    const did = await this.#did(plainName(name), false);
    return this.#remember(`${did}${kind.id}`, false, () => this.#serverOf(did, kind));
  }

  #did(key: string, fresh: boolean): Promise<string> {
    return isDid(key) ? Promise.resolve(key) : this.#remember(key, fresh, () => this.#didOf(key));
  }

  /**
   * The DID a handle belongs to; `undefined` if nobody has it.
   *
   * @throws XrpcError, NetworkError … when the server cannot say
   */
  async didOf(
    handle: string,
    { fresh = false, brief = false, first }: HandleOptions = {},
  ): Promise<string | undefined> {
    const key = plainName(handle);
    if (first !== undefined && first !== this.#config.resolver) {
      // Kept apart: what one server says of handles decides nothing but what is done at that server.
      const known = this.#remember(`${first} ${key}`, fresh, () => this.#askFirst(key, first));
      const did = await known.catch(() => undefined);
      if (did !== undefined) return did;
    }
    const options: CallOptions = {
      expectedErrors: unknownHandle,
      ...(brief && { retry: false, timeout: briefTimeoutMs }),
    };
    try {
      return await this.#remember(key, fresh, () => this.#didOf(key, options));
    } catch (error) {
      if (error instanceof XrpcError && unknownHandle.includes(error.error ?? "")) return undefined;
      throw error;
    }
  }

  #remember(key: string, fresh: boolean, find: () => Promise<string>): Promise<string> {
    const known = this.#known.get(key);
    const now = this.#config.clock.now();
    if (!fresh && known !== undefined && now - known.at < maxAgeMs) return known.found;
    const found = find();
    this.#known.delete(key);
    this.#known.set(key, { at: now, found });
    const [oldest] = this.#known.keys();
    if (this.#known.size > maxEntries && oldest !== undefined) this.#known.delete(oldest);
    found.catch(() => {
      if (this.#known.get(key)?.found === found) this.#known.delete(key);
    });
    return found;
  }

  async #didOf(handle: string, options: CallOptions = {}): Promise<string> {
    const { call, resolver } = this.#config;
    const { did } = await call(comAtprotoIdentityResolveHandle, { handle }, { service: resolver, ...options });
    return did;
  }

  /** Once, and not for long: there is another who can be asked. */
  async #askFirst(handle: string, service: string): Promise<string> {
    const options = { service, expectedErrors: unknownHandle, retry: false, timeout: briefTimeoutMs } as const;
    const { did } = await this.#config.callFirst(comAtprotoIdentityResolveHandle, { handle }, options);
    if (isDid(did)) return did;
    throw new Error("named no DID");
  }

  async #serverOf(did: string, kind: ServiceKind): Promise<string> {
    const url = documentUrl(did, this.#config.plcDirectory);
    const origin = url === undefined ? undefined : serviceOf(await this.#read(url), did, kind);
    if (origin !== undefined) return origin;
    throw new SessionError(
      `The server of ${did} is unknown: ` +
        `${url === undefined ? "this is no did:plc or did:web" : `${url} names no usable ${kind.id}`}. Name it: ${kind === personalDataServer ? "new Client({ service })" : '{ service: "https://…" }'}`,
      { did, reason: "unresolved" },
    );
  }

  async #read(url: string): Promise<unknown> {
    const { transport, clock, plcDirectory } = this.#config;
    const cancellation = new Cancellation();
    const late = Promise.withResolvers<never>();
    const cancel = clock.after(documentTimeoutMs, () => {
      cancellation.cancel();
      late.reject(new Error(`no answer within ${documentTimeoutMs} ms`));
    });
    try {
      const answering = transport({
        method: "GET",
        url,
        headers: { accept: "application/did+ld+json, application/json" },
        body: undefined,
        cancellation,
        // The host of a did:web is named by whoever made the DID; all of a network for development is on one machine.
        isForeign: !url.startsWith(plcDirectory) && !isLoopback(plcDirectory),
        maxBytes: MOST_DOCUMENT_BYTES,
      });
      const { status, body, ...answer } = await Promise.race([answering, late.promise]);
      // Whoever may speak for another host must not be decided by a redirect.
      if (new URL(answer.url).origin !== new URL(url).origin) throw new Error(`redirected to ${answer.url}`);
      if (status === 404 || status === 410) return undefined;
      if (status !== 200) throw new Error(`answered ${status}`);
      return JSON.parse(new TextDecoder().decode(body)) as unknown;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new NetworkError(`The DID document at ${url} could not be read (${reason})`, { cause, retryable: true });
    } finally {
      cancel();
    }
  }
}
