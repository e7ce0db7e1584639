import type { Clock } from "../core/clock.ts";
import { exchange } from "../core/exchange.ts";
import type { Logger } from "../core/logger.ts";
import type { Next } from "../core/pipeline.ts";
import { compose } from "../core/pipeline.ts";
import type { Transport } from "../core/transport.ts";
import type { CallRecorder } from "../log/recorder.ts";
import { auth } from "./auth.ts";
import { budget } from "./budget.ts";
import { encode } from "./encode.ts";
import { log } from "./log.ts";
import type { MintConfig } from "./mint.ts";
import { mint } from "./mint.ts";
import { retry } from "./retry.ts";
import type { RouteConfig } from "../routing/choose.ts";
import { route } from "./route.ts";

export interface PipelineConfig extends Pick<MintConfig, "keyKind"> {
  readonly routing: RouteConfig;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly recorder: CallRecorder;
}

/** Every call passes these layers, in this order. */
export function createPipeline(config: PipelineConfig): Next {
  const { transport, clock, random, logger, recorder, keyKind } = config;
  return compose(
    [
      log(recorder, logger, clock), // outermost: sees every outcome, local refusals too
      mint({ clock, random, keyKind }), // new records have their keys, so that a write can be told from its repetition
      encode, // bad input is never sent, charged or repeated, but is logged
      route(config.routing), // a choice by NSID and account, the same for every attempt
      retry(clock, random), // the only loop
      budget(recorder), // every attempt is charged before it is sent, and the first one writes the row
      auth, // the token is attached as late as possible
    ],
    exchange(transport, clock),
  );
}
