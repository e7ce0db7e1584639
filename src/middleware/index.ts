import type { Clock } from "../core/clock.ts";
import { exchange } from "../core/http/exchange.ts";
import { explainFailure } from "../core/http/explain-failure.ts";
import type { Logger } from "../core/logger.ts";
import type { Next, Preparation } from "../core/pipeline.ts";
import { compose, inSequence, prepared } from "../core/pipeline.ts";
import { createRetryPolicy } from "../core/http/retry-policy.ts";
import type { Transport } from "../core/http/transport.ts";
import type { Validator } from "../validate/validator.ts";
import { auth } from "./auth.ts";
import type { BudgetLayers } from "./budget.ts";
import { budget } from "./budget.ts";
import { checkCallOptions } from "./check-call-options.ts";
import { checkHeaders } from "./check-headers.ts";
import { encodeProcedure, encodeQuery } from "./encode.ts";
import { log } from "./log.ts";
import { completeUpload } from "./complete-upload.ts";
import type { CompleteRecordInputConfig, DidOf } from "./complete-record-input.ts";
import { completeRecordInput, refuseForeignHandle } from "./complete-record-input.ts";
import type { PostMemory } from "./remember-posts.ts";
import { rememberPosts } from "./remember-posts.ts";
import { retry } from "./retry.ts";
import type { RouteConfig } from "../routing/choose-route.ts";
import { isIdempotent } from "../write-reconciliation/idempotent.ts";
import { route } from "./route.ts";
import { reconcile } from "./reconcile.ts";
import { loadChecks, validateRequest, validateResponse } from "./validate.ts";

export interface PipelineConfig extends BudgetLayers, Pick<CompleteRecordInputConfig, "keyKind"> {
  readonly didOf: DidOf;
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
  /** Completes, encodes and checks a call as it would be sent, without choosing its route. Sends nothing */
  readonly prepare: Preparation;
}

/** Every call passes these layers, in this order. */
export function createPipeline(config: PipelineConfig): Pipeline {
  const { transport, clock, random, logger, recorder, keyKind, didOf, validator, memory } = config;
  const retryPolicy = createRetryPolicy(clock, random);
  const prepare = inSequence([
    loadChecks(validator), // what checks need is loaded while the session is found
    completeRecordInput({ clock, random, keyKind }), // new records have their keys, so that a write can be told from its repetition
    checkCallOptions, // a misspelt option would be passed over without a word
    checkHeaders, // a value that HTTP cannot hold fails later on, and differently on each platform
    completeUpload({ random }), // and videos say whose they are
    encodeQuery, // every attempt sends the same, whatever becomes of what was given
    encodeProcedure, // and the same body
    validateRequest(validator), // after encoding: bad input is never sent, charged or repeated
    refuseForeignHandle(didOf), // last, since it may have to look the handle up
  ]);
  const send: Next = compose(
    [
      log(recorder, logger, clock), // outermost: sees every outcome, local refusals too
      prepared(prepare), // once, before anything is sent
      validateResponse(validator), // whichever attempt the response came from
      rememberPosts(memory, logger, clock), // whatever wrote it, and however its outcome was found out
      route(config.routing), // a choice by NSID and account, the same for every attempt
      reconcile({ clock, random, repeat: retryPolicy, handler: (request) => send(request) }), // what became of a write whose response was lost
      retry(retryPolicy, isIdempotent), // the only loop around attempts
      budget(config), // every attempt is charged before it is sent, and the first one writes the row
      auth, // the token is attached as late as possible
    ],
    exchange(transport, clock, explainFailure),
  );
  return { send, prepare };
}
