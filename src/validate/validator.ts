import type { Vocabulary } from "../core/lexicon/definition.ts";
import type { Issue } from "../core/lexicon/issue.ts";
import { Lazy } from "../core/lazy.ts";
import type { Logger } from "../core/logger.ts";
import type { CallRequest } from "../core/pipeline.ts";
import { Drift } from "./drift.ts";
import type { Engine } from "./engine.ts";

type Issues = readonly Issue[] | Promise<readonly Issue[]>;

/** Checks what calls send and get by their lexicons. The greater part of it is loaded with the first check. */
export class Validator {
  readonly drift: Drift;
  readonly #engine: Lazy<Engine>;
  readonly #logger: Logger;
  #failed = false;

  constructor(vocabulary: Vocabulary, logger: Logger) {
    this.drift = new Drift(logger);
    this.#logger = logger;
    const missing = (nsid: string, reason: unknown): void => {
      const { message } = reason as Error;
      logger.error(
        `The lexicon ${nsid} could not be loaded (${message}), so what depends on it is not checked. Generate the code anew with skylex-codegen; a bundler must keep the modules below documents/.`,
      );
    };
    this.#engine = new Lazy(async () => new (await import("./engine.ts")).Engine(vocabulary, missing));
  }

  /** Begins to load what every check needs. */
  begin(): void {
    if (this.#engine.begun === undefined) void this.#get();
  }

  /** Everything wrong with what a call is about to send. A promise only while something has to be loaded. */
  sent(request: CallRequest): Issues {
    return this.#engine.now?.sent(request) ?? this.#get().then((engine) => engine?.sent(request) ?? []);
  }

  /** Everything wrong with an answer. */
  received(request: CallRequest, data: unknown): Issues {
    return (
      this.#engine.now?.received(request, data) ?? this.#get().then((engine) => engine?.received(request, data) ?? [])
    );
  }

  /** Without `@atproto/lexicon` nothing can be checked: that is told once, and servers decide. */
  async #get(): Promise<Engine | undefined> {
    try {
      return await this.#engine.get();
    } catch (error) {
      if (!this.#failed) {
        this.#logger.error(
          `@atproto/lexicon could not be loaded (${(error as Error).message}), so nothing is checked before it is sent. Install it, or turn this off: new Client({ validate: false }).`,
        );
      }
      this.#failed = true;
      return undefined;
    }
  }
}
