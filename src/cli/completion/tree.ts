import type { Command, Option } from "commander";
import type { Document, Lexicons } from "../lexicons.ts";

/** What may stand at a place: names of lexicons, files, fixed words; `text` is anything. */
export type Kind = "nsid" | "endpoint" | "key" | "file" | "text" | readonly string[];

export interface CompletedOption {
  readonly long: string;
  readonly short: string | undefined;
  readonly description: string;
  /** Absent: it takes no value */
  readonly value: Kind | undefined;
}

/** A command as shells complete it. */
export interface CompletedCommand {
  /** Words that lead to it: `log show`; empty for the program itself */
  readonly path: string;
  readonly name: string;
  readonly summary: string;
  readonly options: readonly CompletedOption[];
  /** What its operands are, in order; the last one may be repeated */
  readonly operands: readonly Kind[];
  readonly commands: readonly CompletedCommand[];
}

/** Names of arguments in the help say what they are. */
const kinds: Readonly<Record<string, Kind>> = {
  file: "file",
  folder: "file",
  before: "file",
  after: "file",
  nsid: "nsid",
  "key=value": "key",
};

/** Reads from the program what there is to complete, so that nothing can be forgotten. */
export function completed(command: Command, path = ""): CompletedCommand {
  const commands = command.commands.map((one) => completed(one, `${path} ${one.name()}`.trim()));
  const kindOf = (name: string): Kind => {
    const kind = kinds[name] ?? "text";
    return kind === "nsid" && path !== "lexicon show" && path !== "tail" ? "endpoint" : kind;
  };
  const help = { long: "--help", short: "-h", description: "print this help", value: undefined };
  return {
    path,
    name: command.name(),
    summary: command.description(),
    options: [...command.options.map((option) => optionOf(option, kindOf)), help],
    operands: command.registeredArguments.map((one) => one.argChoices ?? kindOf(one.name())),
    commands,
  };
}

function optionOf(
  { long, short, description, flags, required, optional, argChoices }: Option,
  kindOf: (name: string) => Kind,
): CompletedOption {
  const [, name = ""] = /<([^>.]+)/.exec(flags) ?? [];
  const value = required || optional ? (argChoices ?? kindOf(name)) : undefined;
  return { long: long ?? "", short, description, value };
}

/** Every command of a tree, the program itself first. */
export const flat = (tree: CompletedCommand): readonly CompletedCommand[] => [tree, ...tree.commands.flatMap(flat)];

/** Names of lexicons, and what endpoints take. */
export interface Names {
  readonly all: readonly string[];
  /** Endpoint -> `key=` of its parameters and input */
  readonly endpoints: ReadonlyMap<string, readonly string[]>;
}

const isEndpoint = ({ defs }: Document): boolean => ["query", "procedure"].includes(defs["main"]?.type ?? "");

export function namesOf(lexicons: Lexicons): Names {
  const documents = lexicons.all();
  return {
    all: documents.map(({ id }) => id),
    endpoints: new Map(
      documents.filter(isEndpoint).map(({ id, defs: { main } }) => {
        const fields = { ...main?.parameters?.properties, ...main?.input?.schema?.properties };
        return [id, Object.keys(fields).map((key) => `${key}=`)];
      }),
    ),
  };
}
