import { escapeControls } from "./control-characters.ts";

/** Where messages go. `console` and pino loggers fit. */
export interface Logger {
  /** Every call, and what is done about it */
  debug(message: string): void;
  /** What is worth knowing */
  info(message: string): void;
  /** What goes on, and should be looked at */
  warn(message: string): void;
  /** A call that a server or the way to it failed: two messages, what happened and how to see its row */
  error(message: string): void;
}

/** How important a message is. As an option: messages below it are dropped, and `silent` drops all. */
export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

const order: readonly LogLevel[] = ["debug", "info", "warn", "error", "silent"];

/** The level a text names, as environment variables give it: case and spaces around it do not matter. */
export function parseLogLevel(text: string | undefined): LogLevel | undefined {
  const name = text?.trim().toLowerCase();
  return order.find((level) => level === name);
}

/** Passes on what is at or above the level, each message as one line: words of servers in it cannot forge another. */
export function atLevel(logger: Logger, level: LogLevel): Logger {
  const floor = order.indexOf(level);
  const from =
    (method: Exclude<LogLevel, "silent">) =>
    (message: string): void => {
      if (order.indexOf(method) < floor) return;
      try {
        logger[method](escapeControls(message));
      } catch {
        // Whoever cannot write a line down must not fail the call the line is about.
      }
    };
  return { debug: from("debug"), info: from("info"), warn: from("warn"), error: from("error") };
}

/** Writes `YYYY-MM-DD HH:MM:SS - LEVEL - message` to standard error, times in UTC. */
export function stderrLogger(now: () => number): Logger {
  const write =
    (level: string) =>
    (message: string): void => {
      const time = new Date(now()).toISOString().slice(0, 19).replace("T", " ");
      process.stderr.write(`${time} - ${level} - ${message}\n`);
    };
  return { debug: write("DEBUG"), info: write("INFO"), warn: write("WARNING"), error: write("ERROR") };
}
