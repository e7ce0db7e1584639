import { type CompletedCommand, type CompletedOption, flat, type Kind, type Names } from "./tree.ts";

/** The completion of fish, 3 or newer. */
export function fishScript(tree: CompletedCommand, { all, endpoints }: Names): string {
  const commands = flat(tree);
  const words = commands.filter(({ path }) => path !== "").map(({ path }) => quote(path));
  return `# fish completion of skylex: skylex completion fish | source
set -g __skylex_nsids ${all.join(" ")}
set -g __skylex_endpoints ${[...endpoints.keys()].join(" ")}
# The command that is being written, log show, and the operands it has so far
function __skylex_path
    set -l path
    for word in (commandline -opc)[2..-1]
        string match -q -- '-*' $word; and continue
        set -l longer (string join ' ' $path $word)
        contains -- $longer ${words.join(" ")}; and set path $longer
    end
    echo $path
end
function __skylex_at
    test (__skylex_path) = "$argv"
end
function __skylex_keys
    for word in (commandline -opc)
        switch $word
${[...endpoints]
  .filter(([, keys]) => keys.length > 0)
  .map(([nsid, keys]) => `            case ${nsid}\n                string split ' ' ${quote(keys.join(" "))}`)
  .join("\n")}
        end
    end
end
function __skylex_has_endpoint
    for word in (commandline -opc)
        contains -- $word $__skylex_endpoints; and return 0
    end
    return 1
end
complete -c skylex -e
complete -c skylex -f
${commands.map(lines).join("\n")}
`;
}

/** In single quotes fish knows two escapes: of the quote and of the backslash. */
const quote = (text: string): string => `'${text.replaceAll(/[\\']/g, "\\$&")}'`;

function lines({ path, options, operands, commands }: CompletedCommand): string {
  const at = `complete -c skylex -n ${quote(`__skylex_at ${quote(path)}`)}`;
  return [
    ...commands.map(({ name, summary }) => `${at} -a ${quote(name)} -d ${quote(summary)}`),
    ...options.map((option) => at + optionText(option)),
    ...(commands.length > 0 ? [] : operands.map((kind) => operandText(path, kind))),
  ].join("\n");
}

function optionText({ long, short, description, value }: CompletedOption): string {
  const names = `${long === "" ? "" : ` -l ${long.slice(2)}`}${short === undefined ? "" : ` -s ${short.slice(1)}`}`;
  return `${names}${value === undefined ? "" : ` -r${valueText(value)}`} -d ${quote(description)}`;
}

function valueText(kind: Kind): string {
  if (typeof kind !== "string") return ` -f -a ${quote(kind.join(" "))}`;
  const offers: Readonly<Record<string, string>> = {
    file: " -F",
    nsid: ` -f -a '$__skylex_nsids'`,
    endpoint: ` -f -a '$__skylex_endpoints'`,
  };
  return offers[kind] ?? " -f";
}

function operandText(path: string, kind: Kind): string {
  const at = `__skylex_at ${quote(path)}`;
  if (kind === "key")
    return `complete -c skylex -n ${quote(`${at}; and __skylex_has_endpoint`)} -f -a '(__skylex_keys)'`;
  if (kind === "endpoint") {
    return `complete -c skylex -n ${quote(`${at}; and not __skylex_has_endpoint`)} -f -a '$__skylex_endpoints'`;
  }
  return kind === "text" ? "" : `complete -c skylex -n ${quote(at)}${valueText(kind)}`;
}
