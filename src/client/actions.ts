import { Root } from "../../generated/root.ts";
import type { AppBskyActorDefs, AppBskyFeedDefs } from "../../generated/types.ts";
import { CallPromise } from "../core/call/call-promise.ts";
import { createCall, requestOf } from "../core/call/create-call.ts";
import type { Call } from "../core/lexicon/namespace.ts";
import type { CallResult } from "../core/pipeline.ts";
import type { ClientContext } from "./client-context.ts";
import type { CreatedPost, PostContent, PostDraft, PostOptions } from "../posts/content.ts";
import type { PostName } from "../posts/read.ts";
import type { PostTools } from "../posts/tools.ts";
import { copyContent, type Postable, takeContent, takeContents } from "../posts/take-content.ts";
import type { ActorReference } from "../social/actor.ts";
import type { SocialRef } from "../social/relation.ts";
import type { ListReference } from "../social/social.ts";
import type { SocialTools } from "../social/tools.ts";

/** What a post is sent with: what it has beside its text, and how it is sent. */
export interface CreatePostOptions extends Omit<PostContent, "text">, PostOptions {}

/** What a thread is sent with: what its posts have in common, and what stands for all of it, which its first post gets. */
export interface CreateThreadOptions
  extends
    Pick<
      PostContent,
      "markdown" | "detectFacets" | "langs" | "labels" | "createdAt" | "postgate" | "replyTo" | "key" | "threadgate"
    >,
    PostOptions {}

/** Options of a social helper. */
export interface ActionOptions {
  /** Ends it */
  readonly signal?: AbortSignal | undefined;
}

type Tools = PostTools & SocialTools;

/** What people do: post, like, follow. Each method loads its code when it is first used. */
export abstract class Actions extends Root {
  /**
   * Calls a definition, for instance one of `skylex/definitions`: `client.call(appBskyFeedGetTimeline, { limit: 10 })`.
   * Arguments are those of the method: parameters or input first, options second.
   */
  readonly call: Call;
  /** Who is on lists */
  readonly lists: Lists;
  readonly #tools: () => Promise<Tools>;

  constructor({ runtime: assembly, callContext: caller, media }: ClientContext) {
    super();
    this.call = createCall(caller);
    const { call } = this;
    this.#tools = async () => {
      const runtime = await assembly.get();
      const { shared, view } = runtime;
      const { createPostMedia } = await import("../posts/attachments/media-adapter.ts");
      const { clock, random } = caller;
      const did = (): Promise<string> => view.did();
      return {
        call,
        clock,
        random,
        did,
        hasAccount: async () => view.account !== undefined,
        didOf: (handle) => runtime.didOf(handle),
        logger: shared.logger,
        check: async (endpoint, input) =>
          (await assembly.get()).check(requestOf(caller, endpoint, undefined, input, {})),
        posts: async () => shared.storage.posts,
        media: createPostMedia(
          { call, clock, random, did, uploads: async () => shared.storage.uploads, media },
          shared.logger,
        ),
        uploaded: shared.uploaded,
        sharedWork: shared.sharedWork,
      };
    };
    this.lists = new Lists(this.#tools);
  }

  /**
   * Posts a text, or more: `createPost("Hello")`, `createPost("Hello", { replyTo: url })`, `createPost(new Post(…).image("a.jpg"))`,
   * `createPost({ text, images })`. Links, mentions and tags in the text are found. Everything that can be refused is refused before
   * anything is uploaded; a file that cannot be uploaded means that nothing is posted.
   *
   * Rejects with `ValidationError` for what no post can hold and for posts to answer that are not there, with `MediaError` naming
   * the file, with `RecordConflictError` when `key` has another post, and with what calls reject with.
   *
   * @example
   * const { uri, url } = await client.createPost("Read **[this](https://example.com)**", { markdown: true, langs: ["en"] });
   */
  createPost(post: Postable, options: CreatePostOptions & { readonly dryRun: true }): Promise<PostDraft>;
  createPost(
    post: Postable,
    options?: CreatePostOptions & { readonly dryRun?: false | undefined },
  ): CallPromise<CreatedPost>;
  // The last ones are what compilers complain by: a wrong field of an object is shown where it stands, not as a method of `Post`.
  createPost(post: PostContent, options: CreatePostOptions & { readonly dryRun: true }): Promise<PostDraft>;
  createPost(
    post: PostContent,
    options?: CreatePostOptions & { readonly dryRun?: false | undefined },
  ): CallPromise<CreatedPost>;
  createPost(post: Postable, options: CreatePostOptions = {}): Promise<PostDraft> | CallPromise<CreatedPost> {
    return this.#post(() => [{ ...takeContent(post), ...contentIn(options) }], options);
  }

  /**
   * Posts a thread: each post answers the one before it. All of them appear, or none. What the options say of posts holds for each
   * that says nothing else; `replyTo`, `key` and `threadgate` are the first post's, where they stand for the thread.
   *
   * Rejects with what {@link createPost} rejects with.
   *
   * @example
   * await client.createThread(["First.", { text: "Second.", images: [{ source: "a.jpg", alt: "A path" }] }], { langs: ["en"] });
   */
  createThread(
    posts: readonly Postable[],
    options: CreateThreadOptions & { readonly dryRun: true },
  ): Promise<PostDraft>;
  createThread(
    posts: readonly Postable[],
    options?: CreateThreadOptions & { readonly dryRun?: false | undefined },
  ): CallPromise<CreatedPost>;
  createThread(
    posts: readonly (string | PostContent)[],
    options: CreateThreadOptions & { readonly dryRun: true },
  ): Promise<PostDraft>;
  createThread(
    posts: readonly (string | PostContent)[],
    options?: CreateThreadOptions & { readonly dryRun?: false | undefined },
  ): CallPromise<CreatedPost>;
  createThread(
    posts: readonly Postable[],
    options: CreateThreadOptions = {},
  ): Promise<PostDraft> | CallPromise<CreatedPost> {
    return this.#post(() => {
      const { replyTo, key, threadgate, ...common } = contentIn(options);
      const whole = { replyTo, key, threadgate };
      return takeContents(posts).map((content, at) => ({ ...common, ...(at === 0 && whole), ...content }));
    }, options);
  }

  /** @param take gives what is posted, at once */
  #post(
    take: () => readonly PostContent[],
    { ...options }: PostOptions,
  ): Promise<PostDraft> | CallPromise<CreatedPost> {
    const contents = taken(take);
    if (options.dryRun === true) {
      return this.#draft(contents, options);
    }
    return begun(async () => {
      const given = await contents;
      return (await import("../posts/publish/publish.ts")).publishPosts(given, options, await this.#tools());
    });
  }

  async #draft(contents: Promise<readonly PostContent[]>, options: PostOptions): Promise<PostDraft> {
    const given = await contents;
    return (await import("../posts/publish/publish.ts")).draftPosts(given, options, await this.#tools());
  }

  /** Deletes a post of the account: URI, URL, record key, a view of it, or its `{ key }`. One that is gone already is fine. */
  deletePost(post: PostName, { signal }: ActionOptions = {}): CallPromise<void> {
    return begun(async () => (await import("../posts/read.ts")).deletePost(post, await this.#tools(), signal));
  }

  /**
   * A post as it is shown, by URI, URL, `{ key }`, or record key for one's own; `undefined` when there is none to be seen. One's own post
   * that the AppView does not have yet is read from its repository, with no likes, reposts and replies counted.
   */
  async getPost(post: PostName, options?: ActionOptions): Promise<AppBskyFeedDefs.PostView | undefined> {
    const [view] = await this.getPosts([post], options);
    return view;
  }

  /** Posts as they are shown, in the order asked for, `undefined` where there is none to be seen. Asked for 25 at a time. */
  async getPosts(
    posts: readonly PostName[],
    { signal }: ActionOptions = {},
  ): Promise<readonly (AppBskyFeedDefs.PostView | undefined)[]> {
    return (await import("../posts/read.ts")).getPosts(posts, await this.#tools(), signal);
  }

  /** Likes a post or feed, by URI, URL or view. One that is liked already gives the like there is. */
  async like(post: PostName, { signal }: ActionOptions = {}): Promise<SocialRef> {
    return (await import("../social/social.ts")).react("like", post, await acting(this.#tools), signal);
  }

  /** Takes a like back, by what was liked or by the URI of the like. Gives whether there was one. */
  async unlike(post: PostName, { signal }: ActionOptions = {}): Promise<boolean> {
    return (await import("../social/social.ts")).unreact("like", post, await acting(this.#tools), signal);
  }

  /** Reposts a post, by URI, URL or view. One that is reposted already gives the repost there is. */
  async repost(post: PostName, { signal }: ActionOptions = {}): Promise<SocialRef> {
    return (await import("../social/social.ts")).react("repost", post, await acting(this.#tools), signal);
  }

  /** Takes a repost back, by what was reposted or by the URI of the repost. Gives whether there was one. */
  async unrepost(post: PostName, { signal }: ActionOptions = {}): Promise<boolean> {
    return (await import("../social/social.ts")).unreact("repost", post, await acting(this.#tools), signal);
  }

  /** Follows an account: handle, DID, URL of a profile, or a view. One that is followed already gives the follow there is. */
  async follow(actor: ActorReference, { signal }: ActionOptions = {}): Promise<SocialRef> {
    return (await import("../social/social.ts")).bind("follow", actor, await acting(this.#tools), signal);
  }

  /** Ends following an account. Gives whether it was followed. */
  async unfollow(actor: ActorReference, { signal }: ActionOptions = {}): Promise<boolean> {
    return (await import("../social/social.ts")).unbind("follow", actor, await acting(this.#tools), signal);
  }

  /** Blocks an account. One that is blocked already gives the block there is. */
  async block(actor: ActorReference, { signal }: ActionOptions = {}): Promise<SocialRef> {
    return (await import("../social/social.ts")).bind("block", actor, await acting(this.#tools), signal);
  }

  /** Ends blocking an account. Gives whether it was blocked. */
  async unblock(actor: ActorReference, { signal }: ActionOptions = {}): Promise<boolean> {
    return (await import("../social/social.ts")).unbind("block", actor, await acting(this.#tools), signal);
  }

  /** Mutes an account, which only this account can see. */
  async mute(actor: ActorReference, { signal }: ActionOptions = {}): Promise<void> {
    return (await import("../social/social.ts")).setMuted(true, actor, await acting(this.#tools), signal);
  }

  /** Ends muting an account. */
  async unmute(actor: ActorReference, { signal }: ActionOptions = {}): Promise<void> {
    return (await import("../social/social.ts")).setMuted(false, actor, await acting(this.#tools), signal);
  }

  /** The DID of an account, by any of its names. Rejects with `ValidationError` for handles that nobody has. Remembered for ten minutes. */
  async resolveHandle(actor: ActorReference): Promise<string> {
    return (await import("../social/actor.ts")).didOfActor(actor, await this.#tools());
  }

  /** Gives the account another handle. */
  async updateHandle(handle: string, { signal }: ActionOptions = {}): Promise<void> {
    return (await import("../social/social.ts")).updateHandle(handle, await acting(this.#tools), signal);
  }
}

/** Who is on lists: `client.lists`. */
export class Lists {
  readonly #tools: () => Promise<SocialTools>;

  constructor(tools: () => Promise<SocialTools>) {
    this.#tools = tools;
  }

  /** Puts an account on a list of one's own. One that is on it already gives the entry there is. */
  async add(list: ListReference, actor: ActorReference, { signal }: ActionOptions = {}): Promise<SocialRef> {
    return (await import("../social/social.ts")).addToList(list, actor, await acting(this.#tools), signal);
  }

  /** Takes an account off a list. Gives whether it was on it. */
  async remove(list: ListReference, actor: ActorReference, { signal }: ActionOptions = {}): Promise<boolean> {
    return (await import("../social/social.ts")).removeFromList(list, actor, await acting(this.#tools), signal);
  }

  /** The accounts on a list, read as they are asked for: `for await (const { handle } of client.lists.members(url))`. */
  async *members(
    list: ListReference,
    { signal }: ActionOptions = {},
  ): AsyncGenerator<AppBskyActorDefs.ProfileView, void, void> {
    yield* (await import("../social/social.ts")).listMembers(list, await this.#tools(), signal);
  }
}

/** What says how a post is sent, not what it is. */
const sending: Readonly<Record<keyof PostOptions, true>> = {
  dryRun: true,
  thread: true,
  allowMissingAlt: true,
  skipUploads: true,
  ifKeyExists: true,
  signal: true,
  onProgress: true,
};

/** What of the options belongs to the post itself. What is left out there does not hide what the post says. */
const contentIn = (options: CreatePostOptions): PostContent =>
  copyContent(
    Object.fromEntries(
      Object.entries(options).filter(([name, value]) => value !== undefined && !Object.hasOwn(sending, name)),
    ),
  );

/** A value that is made at once, its failure as a rejection that somebody handles. */
function taken<Value>(make: () => Value): Promise<Value> {
  const value = new Promise<Value>((resolve) => {
    resolve(make());
  });
  value.catch(() => undefined);
  return value;
}

/** An effect that nobody waits for happens all the same. */
function begun<Data>(start: () => Promise<CallResult<Data>>): CallPromise<Data> {
  const promise = new CallPromise(start);
  void promise.start();
  return promise;
}

/** For what is done as the account: who has none is told so before anything is asked of a server. */
async function acting<Kind extends SocialTools>(load: () => Promise<Kind>): Promise<Kind> {
  const tools = await load();
  await tools.did();
  return tools;
}
