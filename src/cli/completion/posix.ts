import type { CompletedCommand, CompletedOption, Kind } from "./tree.ts";

// What the scripts of bash and zsh have in common: cases of the words on the line.

/** Text as one word of a shell. */
export const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** What a script offers at a place: words, or the name of a list that it has. */
const offer = (kind: Kind): string => (typeof kind === "string" ? (kind === "text" ? "" : `:${kind}`) : kind.join(" "));

/** The ways to write an option. */
export const written = ({ long, short }: CompletedOption): string[] =>
  [long, short].filter((name) => name !== undefined);

const cased = (option: CompletedOption, path: string): string[] =>
  written(option).map((name) => quote(`${path} ${name}`));

/** Words that lead to a command, each after those before it. */
export const pathCase = (commands: readonly CompletedCommand[]): string =>
  commands
    .filter(({ path }) => path !== "")
    .map(({ path }) => quote(path.includes(" ") ? path : ` ${path}`))
    .join("|");

const takesValue = ({ value }: CompletedOption): boolean => value !== undefined;

/** Options whose next word is their value, and no operand. */
export const valueCase = (commands: readonly CompletedCommand[]): string =>
  commands
    .flatMap(({ path, options }) => options.filter(takesValue).flatMap((option) => cased(option, path)))
    .join("|");

/** What stands after an option that takes a value. */
export const valueOffers = (commands: readonly CompletedCommand[]): string =>
  commands
    .flatMap(({ path, options }) =>
      options
        .filter(takesValue)
        .map((option) => `    ${cased(option, path).join("|")}) offer=${quote(offer(option.value ?? "text"))} ;;`),
    )
    .join("\n");

/** What stands where operands do. `ofCommands` offers the names of subcommands. */
export function operandOffers(
  commands: readonly CompletedCommand[],
  ofCommands: (commands: readonly CompletedCommand[]) => string,
): string {
  return commands
    .flatMap(({ path, operands, commands: below }) => {
      if (below.length > 0) return `      ${quote(`${path} 0`)}) ${ofCommands(below)} ;;`;
      return operands.map((kind, index) => {
        // The last one may be repeated.
        const place = index === operands.length - 1 ? `${quote(`${path} `)}*` : quote(`${path} ${index}`);
        return `      ${place}) offer=${quote(offer(kind))} ;;`;
      });
    })
    .join("\n");
}
