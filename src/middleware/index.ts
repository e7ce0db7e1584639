import type { Clock } from "../core/clock.ts";
import { exchange } from "../core/http/exchange.ts";
import type { Logger } from "../core/logger.ts";
import type { CallRequest, Next } from "../core/pipeline.ts";
import { compose } from "../core/pipeline.ts";
import { createRetryPolicy } from "../core/http/retry-policy.ts";
import type { Transport } from "../core/http/transport.ts";
import type { Validator } from "../validate/validator.ts";
import { auth } from "./auth.ts";
import type { BudgetLayers } from "./budget.ts";
import { budget } from "./budget.ts";
import { encodeProcedure, encodeQuery } from "./encode.ts";
import { log } from "./log.ts";
import type { CompleteRecordInputConfig } from "./complete-record-input.ts";
import { completeRecordInput } from "./complete-record-input.ts";
import type { PostMemory } from "./remember-posts.ts";
import { rememberPosts } from "./remember-posts.ts";
import { retry } from "./retry.ts";
import type { RouteConfig } from "../routing/choose-route.ts";
import { isIdempotent } from "../write-reconciliation/idempotent.ts";
import { route } from "./route.ts";
import { reconcile } from "./reconcile.ts";
import { loadChecks, validate } from "./validate.ts";

export interface PipelineConfig extends BudgetLayers, Pick<CompleteRecordInputConfig, "keyKind" | "didOf"> {
  readonly routing: RouteConfig;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly validator: Validator;
  readonly memory: PostMemory;
}

export interface Pipeline {
  readonly send: Next;
  /** Does with a call what is done before its route is chosen: completes, checks and writes it down. Sends nothing */
  readonly prepare: (request: CallRequest) => Promise<CallRequest>;
}

/** Every call passes these layers, in this order. */
export function createPipeline(config: PipelineConfig): Pipeline {
  const { transport, clock, random, logger, recorder, keyKind, didOf, validator, memory } = config;
  const repeat = createRetryPolicy(clock, random);
  const preparing = [
    loadChecks(validator), // what checks need is loaded while the session is found
    completeRecordInput({ clock, random, keyKind, didOf }), // new records have their keys, so that a write can be told from its repetition
    encodeQuery, // every attempt sends the same, whatever becomes of what was given
    encodeProcedure, // and the same body
    validate(validator), // of what is written down: bad input is never sent, charged or repeated, but is logged
  ];
  const send: Next = compose(
    [
      log(recorder, logger, clock), // outermost: sees every outcome, local refusals too
      ...preparing,
      rememberPosts(memory, logger), // whatever wrote it, and however its outcome was found out
      route(config.routing), // a choice by NSID and account, the same for every attempt
      reconcile({ clock, random, repeat, handler: (request) => send(request) }), // what became of a write whose answer was lost
      retry(repeat, isIdempotent), // the only loop around attempts
      budget(config), // every attempt is charged before it is sent, and the first one writes the row
      auth, // the token is attached as late as possible
    ],
    exchange(transport, clock),
  );
  const prepare = compose(preparing, (request) => Promise.reject(new Prepared(request)));
  return {
    send,
    prepare: (request) =>
      prepare(request).then(
        () => request,
        (error: unknown) => (error instanceof Prepared ? error.request : Promise.reject(error as Error)),
      ),
  };
}

/** Where a call that is only prepared turns back, past whatever layers do with answers. */
class Prepared extends Error {
  readonly request: CallRequest;

  constructor(request: CallRequest) {
    super();
    this.request = request;
  }
}
