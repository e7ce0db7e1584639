import type { Clock } from "../core/clock.ts";
import type { Logger } from "../core/logger.ts";
import type { Storage } from "../storage/ports/index.ts";
import type { LogOptions, LogContext } from "./call-log.ts";
import type { CallRecorder } from "./recorder.ts";
import { Recorder } from "./recorder.ts";
import { createRedactor } from "./redact.ts";
import { CallWriter } from "./writer.ts";

export interface LogConfig extends LogOptions {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Makes the log of a client: what the layers write to, and what users read from it through. No I/O. */
export function openLog({ storage, clock, logger, params = true, ...options }: LogConfig): {
  readonly parts: LogContext;
  readonly recorder: CallRecorder;
} {
  const writer = new CallWriter({ store: storage.calls, clock, logger, location: storage.location });
  const recorder = new Recorder(
    writer,
    { redactor: createRedactor(options), params },
    storage.migrations !== undefined,
  );
  return { parts: { store: storage.calls, writer }, recorder };
}
