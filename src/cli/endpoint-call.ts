import type { Command } from "commander";
import type { Definition } from "../index.ts";
import { several } from "./arguments.ts";
import { parsed, readFields } from "./fields.ts";
import { definitionOf, Lexicons } from "./lexicons.ts";
import { UsageError } from "./print-error.ts";

/** What says which endpoint is called, and with what. */
export interface EndpointFlags {
  readonly data?: string;
  readonly lexicons?: readonly string[];
  readonly at?: string;
  readonly proxy?: string | false;
  readonly labeler?: readonly string[];
  readonly encoding?: string;
}

type Endpoint = Extract<Definition, { kind: "query" | "procedure" }>;

export interface EndpointCall {
  readonly definition: Endpoint;
  /** Parameters of a query, input of a procedure */
  readonly argument: unknown;
  readonly options: {
    readonly params?: object;
    readonly service?: string;
    readonly proxy?: string | false;
    readonly labelers?: readonly string[];
    readonly encoding?: string;
  };
}

export function endpointFlags(command: Command): Command {
  return command
    .argument("<nsid>", "endpoint, such as app.bsky.actor.getProfile")
    .argument("[key=value...]", "parameters or input; key:=JSON for a value of JSON")
    .option(
      "-d, --data <json>",
      "the input as JSON; @FILE reads it from a file, @- from standard input; bytes for uploads",
    )
    .option("--encoding <type>", "media type of bytes that are sent (default: what they show)")
    .option("--at <url>", "ask this server instead of the one the endpoint belongs to")
    .option("--proxy <did#service>", "service that the account's server passes the call on to")
    .option("--no-proxy", "pass the call on to no service")
    .option("--labeler <did>", "labeler whose labels are wanted; may be repeated", several)
    .option("--lexicons <folder>", "lexicons of your own, so that their endpoints are known; may be repeated", several);
}

/** @throws UsageError for what makes no call */
export async function endpointCall(
  name: string,
  words: readonly string[],
  flags: EndpointFlags,
): Promise<EndpointCall> {
  const nsid = name.replace(/^xrpc\//, "");
  const lexicons = new Lexicons(flags.lexicons);
  const document = lexicons.find(nsid);
  const main = document?.defs["main"];
  const definition = await endpoint(nsid, document && definitionOf(document), main?.type, flags.data !== undefined);
  const { params, input } = readFields(
    words,
    main ?? (definition.kind === "procedure" ? { type: "procedure" } : undefined),
    nsid,
    lexicons,
  );
  const { at, proxy, labeler, encoding } = flags;
  const options = {
    ...(at !== undefined && { service: at }),
    ...(proxy !== undefined && { proxy }),
    ...(labeler !== undefined && { labelers: labeler }),
    ...(encoding !== undefined && { encoding }),
  };
  if (definition.kind === "query") {
    const data = flags.data === undefined ? {} : await objectOf(flags.data);
    return { definition, argument: { ...data, ...params }, options };
  }
  const withParams = { ...options, ...(Object.keys(params).length > 0 && { params }) };
  const hasFields = Object.keys(input).length > 0;
  if (isBytes(definition.input) || (main === undefined && encoding !== undefined)) {
    if (flags.data === undefined || hasFields) {
      throw new UsageError(
        `${nsid} takes bytes (${definition.input ?? encoding}): --data @FILE, or --data @- for standard input.`,
      );
    }
    return { definition, argument: await bytesOf(flags.data), options: withParams };
  }
  const data = flags.data === undefined ? undefined : await objectOf(flags.data);
  const argument = data === undefined && !hasFields ? undefined : { ...data, ...input };
  return { definition, argument, options: withParams };
}

async function endpoint(
  nsid: string,
  own: Definition | undefined,
  type: string | undefined,
  hasData: boolean,
): Promise<Endpoint> {
  if (type !== undefined && type !== "query" && type !== "procedure") {
    const instead: Readonly<Record<string, string>> = {
      subscription: ". skylex tail follows com.atproto.sync.subscribeRepos",
      record: ". Records are written with com.atproto.repo.createRecord",
    };
    throw new UsageError(`${nsid} is a ${type}, not an endpoint that can be called${instead[type] ?? ""}.`);
  }
  const generated: readonly Definition[] = Object.values(await import("../../generated/definitions.ts"));
  const known = generated.find((one) => one.nsid === nsid) ?? own;
  if (known?.kind === "query" || known?.kind === "procedure") return known;
  if (!/^[a-zA-Z][a-zA-Z0-9-]*(?:\.[a-zA-Z0-9][a-zA-Z0-9-]*){2,}$/.test(nsid)) {
    throw new UsageError(
      `${JSON.stringify(nsid)} is not the NSID of an endpoint. They look like app.bsky.feed.getTimeline.`,
    );
  }
  return { kind: hasData ? "procedure" : "query", nsid };
}

/** Encodings whose body is not JSON */
const isBytes = (encoding: string | undefined): boolean => encoding !== undefined && !/json/.test(encoding);

async function bytesOf(data: string): Promise<Uint8Array> {
  if (!data.startsWith("@")) return Buffer.from(data);
  if (data === "@-") return (await import("node:stream/consumers")).buffer(process.stdin);
  const { readFile } = await import("node:fs/promises");
  try {
    return await readFile(data.slice(1));
  } catch (error) {
    throw new UsageError(`${data.slice(1)} cannot be read: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

async function objectOf(data: string): Promise<object> {
  const value = parsed("--data", new TextDecoder().decode(await bytesOf(data)));
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new UsageError("--data must be a JSON object.");
}
