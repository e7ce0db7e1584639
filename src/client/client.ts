// `Symbol.asyncDispose` is in no lib that compilers have by default; this makes the declarations bring it along.
/// <reference lib="esnext.disposable" preserve="true" />
import type { Procedures, Queries } from "../../generated/root.ts";
import { Actions } from "./actions.ts";
import type { ClientSession } from "../auth/current-account.ts";
import type { ClientSessions } from "../auth/accounts.ts";
import type { LoginOptions } from "../auth/login.ts";
import type { SessionInfo } from "../auth/session/session.ts";
import type { SessionListener } from "../auth/session/session-events.ts";
import type { ServiceAuthRequest } from "../auth/service-tokens.ts";
import type { NamedArguments, NamedEndpoint, NamedResult, Unsaid } from "./endpoint-lookup.ts";
import { ClientBudget, type ClientBudgetParts, writeShortage } from "../budget/client-budget.ts";
import { anyEndpoint, endpoint } from "./endpoint-lookup.ts";
import type { CallPromise } from "../core/call/call-promise.ts";
import { mergeValidate, requestOf } from "../core/call/create-call.ts";
import { checkOptions } from "../core/call/check-options.ts";
import { defaults } from "../core/call/defaults.ts";
import type { Definition, Endpoint, Vocabulary } from "../core/lexicon/definition.ts";
import { ValidationError } from "../core/errors/index.ts";
import type { Subscribe } from "../core/lexicon/namespace.ts";
import { vocabulary } from "../core/lexicon/namespace.ts";
import type { CallOptions } from "../core/call/options.ts";
import type { PagePromise } from "../core/call/page-promise.ts";
import type { BlobRef } from "../core/lexicon/formats.ts";
import { refused } from "../core/call/page-promise.ts";
import { mergeHeaders } from "../core/http/request.ts";
import { Cursors } from "../cursors/cursors.ts";
import { parseService } from "../core/identifiers.ts";
import type { Explanation } from "../explain/explanation.ts";
import type { CallLog } from "../log/call-log.ts";
import type { MediaSource } from "../media/source/source.ts";
import { takeCaptions, takeSource } from "../media/source/take-source.ts";
import type { UploadBlobOptions } from "../media/upload-blob.ts";
import type { UploadedImage, UploadImageOptions } from "../media/image/upload-image.ts";
import type { UploadedVideo, UploadVideoOptions } from "../media/video/upload-video.ts";
import type { ClientOptions, ViewOptions } from "./options.ts";
import { LazySession, ClientContext, createContext, viewOptionKinds } from "./client-context.ts";
import type { Batch } from "../records/create-batch.ts";
import { createBatch } from "../records/create-batch.ts";
import { ClientRecords } from "../records/records.ts";
import type { Storage, UploadStore } from "../storage/ports/index.ts";
import type { ClientDatabase } from "../storage/client-database.ts";
import { Profiles } from "../profiles/profiles.ts";
import { createSubscribe, Jetstream, Labels, streamOwner } from "../streams/subscribe.ts";

/**
 * A client of the AT Protocol: a method for every endpoint of the lexicons, `client.app.bsky.feed.getTimeline()`, and
 * `get`, `post` and `call` beside them. Making one does no I/O.
 *
 * Queries are sent when somebody waits for them; procedures at once.
 *
 * @example
 * const client = new Client();
 * const profile = await client.app.bsky.actor.getProfile({ actor: "bsky.app" });
 */
export class Client extends Actions {
  /** Opens the stream of a definition: `client.subscribe(comAtprotoSyncSubscribeRepos)`. Arguments are those of the method. */
  readonly subscribe: Subscribe;
  /** The streams of labelers */
  readonly labels: Labels;
  /** The changes of all repositories as JSON, from a Jetstream server */
  readonly jetstream: Jetstream;
  /** Every call, as a row that can be queried: `bsky_api_call_log` */
  readonly log: CallLog;
  /** What accounts may still write: `bsky_write_budget` */
  readonly budget: ClientBudget;
  /** Profiles by handle or DID, kept in the database: `bsky_user_profile` */
  readonly profiles: Profiles;
  /**
   * Writes many records in one request, all or none: `client.batch((b) => [b.create(client.app.bsky.feed.like, { subject })])`.
   * Gives URI and version of each, in order. Keys are known while the list is made, so that writes may name each other: `b.did`,
   * and `uri` and `rkey` of a write.
   *
   * More than 200 writes, or 1,000,000 bytes, is split into several requests, sent one after the other: each is all or none for
   * itself, and others may write in between. `atomic: true` refuses instead. When one after the first fails the error is a
   * `BatchError`, which says what is stored and what is not. What the write budget has no room for is refused as a whole; with
   * the policy `wait` what there is room for goes first.
   */
  readonly batch: Batch;
  /** Records of any kind, in lexicons or not. Those of the lexicons are typed at `client.app.bsky.feed.like` and the like */
  readonly records: ClientRecords;
  /** How far lists have been read with `.resume()`: `bsky_cursor` */
  readonly cursors: Cursors;
  /** Where everything is kept: which migrations it has, and running those it lacks */
  readonly database: ClientDatabase;
  /** The session this client speaks for */
  readonly session: ClientSession;
  /** The sessions in the database */
  readonly sessions: ClientSessions;
  /** The definitions behind names, those of hung-on trees included */
  readonly [vocabulary]: Vocabulary;
  readonly #context: ClientContext;

  constructor(options?: ClientOptions);
  constructor(options: ClientOptions | ClientContext = {}) {
    const parts = options instanceof ClientContext ? options : createContext(options);
    super(parts);
    const { root, runtime: assembly, callContext: caller } = parts;
    this.#context = parts;
    this[vocabulary] = parts.vocabulary;
    const find = (nsid: string): Definition | undefined => parts.vocabulary.find(nsid);
    const writing = { call: this.call, clock: caller.clock, random: caller.random, find };
    this.records = new ClientRecords(writing);
    const spending: ClientBudgetParts = {
      spender: async (account) => {
        const own = await assembly.get();
        const { view } = account === undefined ? own : own.as(account);
        return { did: await view.did(), service: await view.pds() };
      },
      store: async () => (await root.get()).shared.storage.budgets,
      config: parts.budget,
      clock: caller.clock,
    };
    this.batch = createBatch({
      ...writing,
      did: () => this.did(),
      didOf: async (handle) => (await assembly.get()).didOf(handle),
      budget: () => this.budget.status(),
      shortage: (nsid, points) => writeShortage(spending, nsid, points),
      policy: caller.options.budget ?? parts.budget.policy,
    });
    const lend = () => parts.streams();
    this.subscribe = createSubscribe(lend);
    this.labels = new Labels(lend);
    this.jetstream = new Jetstream(lend);
    this.log = parts.log;
    this.budget = new ClientBudget(spending);
    const storage = async (): Promise<Storage> => (await root.get()).shared.storage;
    this.database = {
      status: async () => (await databaseTools()).databaseStatus(await storage()),
      migrate: async () => (await databaseTools()).migrateDatabase(await storage()),
    };
    this.session = new LazySession(assembly);
    this.sessions = { list: async (filter) => (await root.get()).shared.accounts.list(filter) };
    this.cursors = new Cursors({
      store: async () => (await root.get()).shared.storage.cursors,
      owner: async (nsid) =>
        (await streamOwner(nsid, lend)) ??
        (await assembly.get()).cursorOwner(requestOf(caller, { kind: "query", nsid }, undefined, undefined, {})),
    });
    this.profiles = new Profiles({
      call: this.call,
      store: async () => (await root.get()).shared.storage.profiles,
      clock: caller.clock,
      viewer: async () => {
        const nsid = "app.bsky.actor.getProfile";
        return (await assembly.get()).viewer(requestOf(caller, { kind: "query", nsid }, undefined, undefined, {}));
      },
    });
  }

  /**
   * Makes sure that there is a session, and speaks for its account from now on. A stored session is used if there is one,
   * since servers ration logins (`fresh: true`: log in anyway). Handle, DID and e-mail address will do; what is left out
   * comes from the client's options.
   *
   * Rejects with `AuthFactorTokenRequiredError` when the account wants the code from an e-mail, with `AuthenticationError` when
   * the server does not take the password; calls then fail in the same way for five minutes without asking the server again.
   */
  async login(identifier?: string, password?: string, options?: LoginOptions): Promise<SessionInfo> {
    return (await this.#context.runtime.get()).view.login(identifier, password, options);
  }

  /** Ends the session at the server and in the database. Waits for a refresh that is under way. */
  async logout(): Promise<void> {
    return (await this.#context.runtime.get()).view.logout();
  }

  /** DID of the account. Logs in if needed; rejects with `NotAuthenticatedError` without an account. */
  async did(): Promise<string> {
    return (await this.#context.runtime.get()).view.did();
  }

  /** Origin of the account's own server. Logs in if needed; rejects with `NotAuthenticatedError` without an account. */
  async pds(): Promise<string> {
    return (await this.#context.runtime.get()).view.pds();
  }

  /**
   * A token by which another service knows the account, made by the account's own server for that service and, with `lxm`,
   * for one method: `headers: { authorization: `Bearer ${token}` }`. Kept until shortly before it expires, so ask for it each
   * time it is needed. Calls that need one by their route get it by themselves.
   *
   * Rejects with `ValidationError` for an `aud` that is no DID, an `lxm` that is no NSID, and an `exp` too far ahead;
   * with `NotAuthenticatedError` without an account.
   */
  async serviceAuth(request: ServiceAuthRequest): Promise<string> {
    const { callContext: caller, runtime: assembly } = this.#context;
    const { signal, timeout = defaults.timeout } = caller.options;
    const patience = { signal, deadline: caller.clock.now() + timeout };
    return (await assembly.get()).view.serviceAuth(request, patience);
  }

  /**
   * Says what a call would do, without doing it: host and why, account and token, headers without secrets, write points, and
   * the error if it would be refused. `argument` is that of the method: parameters of a query, input of a procedure. Nothing is
   * sent to where the call would go and nobody is logged in; looking an identity up may ask the directory.
   * An NSID that the lexicons do not have is taken for a query; give a definition, `{ kind: "procedure", nsid }`, for others.
   *
   * Rejects with `ValidationError` for what is no endpoint.
   *
   * @example
   * console.log(String(await client.explain("chat.bsky.convo.listConvos", { limit: 10 })));
   */
  async explain(endpoint: string | Endpoint, argument?: object, options: CallOptions = {}): Promise<Explanation> {
    const definition = typeof endpoint === "string" ? anyEndpoint(this[vocabulary], endpoint) : endpoint;
    const { callContext: caller, runtime: assembly } = this.#context;
    const [params, input] = definition.kind === "query" ? [argument, undefined] : [options.params, argument];
    return (await assembly.get()).explain(requestOf(caller, definition, params, input, options));
  }

  /**
   * Tells of sessions that are created, refreshed or lost by this client or its views. The function it gives ends that.
   * A listener that throws disturbs nothing; it is reported to the logger.
   */
  on(event: "session", listener: SessionListener): () => void {
    return this.#context.events.on(listener);
  }

  /** A view of this client that does some things differently. It costs next to nothing and shares everything else. */
  with(view: ViewOptions): Client {
    checkOptions(view, viewOptionKinds, "client.with()");
    const { account, service, proxy, labelers, headers, signal, timeout, validate, budget } = view;
    const { options } = this.#context.callContext;
    const own = {
      ...options,
      ...(service !== undefined && { service: parseService(service) }),
      ...(proxy !== undefined && { proxy }),
      ...(labelers !== undefined && { labelers }),
      ...(headers !== undefined && { headers: mergeHeaders(options.headers, headers) }),
      ...(signal !== undefined && { signal: either(options.signal, signal) }),
      ...(timeout !== undefined && { timeout }),
      validate: mergeValidate(options.validate, validate),
      ...(budget !== undefined && { budget }),
    };
    return new (Client as new (parts: ClientContext) => Client)(this.#context.view(account, own));
  }

  /**
   * Calls a query by its NSID. Fully typed when the NSID is a known literal, untyped for any other string; a name below a known
   * authority that the lexicons do not have does not compile. The type of an untyped response may be said:
   * `client.get<Thing>("com.example.getThing")`.
   *
   * Rejects with `ValidationError` when the NSID is none, or names a procedure.
   */
  get<Response = Unsaid, const Name extends string = string>(
    nsid: NamedEndpoint<Queries, Name>,
    ...args: NamedArguments<Queries, Name, [params?: object, options?: CallOptions]>
  ): NamedResult<Queries, Name, PagePromise<unknown>, Response, PagePromise<Response>>;
  get(nsid: string, params?: object, options?: CallOptions): unknown {
    const definition = endpoint(this[vocabulary], nsid, "query");
    return definition instanceof ValidationError ? refused(definition) : this.call(definition, params, options);
  }

  /**
   * Calls a procedure by its NSID. Typed like {@link get}. Bytes are sent as they are, with `options.encoding` as their
   * Content-Type; parameters for the URL go to `options.params`.
   *
   * Rejects with `ValidationError` when the NSID is none, or names a query.
   */
  post<Response = Unsaid, const Name extends string = string>(
    nsid: NamedEndpoint<Procedures, Name>,
    ...args: NamedArguments<Procedures, Name, [input?: unknown, options?: CallOptions]>
  ): NamedResult<Procedures, Name, CallPromise<unknown>, Response, CallPromise<Response>>;
  post(nsid: string, input?: unknown, options?: CallOptions): unknown {
    const definition = endpoint(this[vocabulary], nsid, "procedure");
    return definition instanceof ValidationError ? refused(definition) : this.call(definition, input, options);
  }

  /**
   * Stores a file at the account's server, as it is: a path, URL, bytes, Blob or stream. A record that refers to `blob` keeps it;
   * otherwise the server deletes it after some hours. Pictures are better given to {@link uploadImage}.
   *
   * Rejects with `MediaError` when it cannot be read or is empty, before anything is sent.
   */
  async uploadBlob(source: MediaSource, options: UploadBlobOptions = {}): Promise<{ readonly blob: BlobRef }> {
    const taken = takeSource(source);
    const { uploadBlob } = await import("../media/upload-blob.ts");
    return uploadBlob(this.call, taken, options, this.#context.media);
  }

  /**
   * Makes a picture fit what it is for and stores it: upright, without EXIF, GPS and other metadata, at the best quality that the
   * limit of the slot allows, and with its bytes untouched where nothing has to change. Default slot: a picture of a post.
   *
   * Rejects with `MediaError`, `IncompatibleMediaError` or `MediaTooLargeError` before anything is sent.
   *
   * @example
   * const { blob } = await client.uploadImage("me.jpg", { slot: "app.bsky.actor.profile.avatar" });
   */
  async uploadImage(source: MediaSource, options: UploadImageOptions = {}): Promise<UploadedImage> {
    const taken = takeSource(source);
    const { uploadImage } = await import("../media/image/upload-image.ts");
    return uploadImage(this.call, taken, options, this.#context.media);
  }

  /**
   * Uploads a video and waits until the video service has processed it: a path, URL, bytes, Blob or stream. It is checked before
   * anything is sent, metadata that may tell where it was taken does not leave, and large files go in parts that a later
   * process can continue with. Its `embed` is what a post takes.
   *
   * Rejects with `IncompatibleMediaError` for what Bluesky does not take (`transcode: true` converts it), with `MediaTooLargeError`,
   * and with `UploadError` when the service refuses it, fails, or is not done in time.
   */
  async uploadVideo(source: MediaSource, options: UploadVideoOptions = {}): Promise<UploadedVideo> {
    const taken = takeSource(source);
    const given = { ...options, ...(options.captions && { captions: takeCaptions(options.captions) }) };
    const { uploadVideo } = await import("../media/video/upload-video.ts");
    const { clock, random } = this.#context.callContext;
    const uploads = async (): Promise<UploadStore> => (await this.#context.root.get()).shared.storage.uploads;
    const did = (): Promise<string> => this.did();
    return uploadVideo({ call: this.call, clock, random, did, uploads, media: this.#context.media }, taken, given);
  }

  /**
   * Writes what still has to be written, and closes the database unless it was given as an object. The client and its
   * views are done then.
   */
  async close(): Promise<void> {
    await (await this.#context.root.begun)?.shared.close();
  }

  /** `await using client = new Client()` closes it at the end of the block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

const databaseTools = () => import("../storage/client-database.ts");

const either = (one: AbortSignal | undefined, other: AbortSignal): AbortSignal =>
  one === undefined ? other : AbortSignal.any([one, other]);
