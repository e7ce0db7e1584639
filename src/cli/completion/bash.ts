import { type CompletedCommand, flat, type Kind, type Names, quote } from "./tree.ts";

/** The completion of bash, 4 or newer. */
export function bashScript(tree: CompletedCommand, { all, endpoints }: Names): string {
  const commands = flat(tree);
  const paths = commands
    .filter(({ path }) => path !== "")
    .map(({ path }) => quote(path.includes(" ") ? path : ` ${path}`));
  return `# bash completion of skylex: source <(skylex completion bash)
_skylex_nsids=${quote(all.join(" "))}
_skylex_endpoints=${quote([...endpoints.keys()].join(" "))}
_skylex_keys() {
  case "$1" in
${[...endpoints]
  .filter(([, keys]) => keys.length > 0)
  .map(([nsid, keys]) => `    ${nsid}) echo ${quote(keys.join(" "))} ;;`)
  .join("\n")}
  esac
}
_skylex() {
  local line=\${COMP_LINE:0:COMP_POINT} words=() current previous path='' at=0 first='' word offer='' nospace='' index
  # Words as they stand on the line: bash takes them apart at = and :.
  read -ra words <<< "$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  current=\${words[-1]}
  previous=\${words[-2]}
  for ((index = 1; index < \${#words[@]} - 1; index++)); do
    word=\${words[index]}
    [[ $word == -* ]] && continue
    case "$path $word" in
      ${paths.join("|")}) path="\${path:+$path }$word"; at=0; continue ;;
    esac
    case "$path \${words[index - 1]}" in
${valueCases(commands)}
    esac
    [[ -n $path ]] && { [[ $at == 0 ]] && first=$word; ((at++)); }
  done
  case "$path $previous" in
${commands.map(valueOffers).filter(Boolean).join("\n")}
    *)
      if [[ $current == -* ]]; then
        case "$path" in
${commands
  .map(
    ({ path, options }) =>
      `          ${quote(path)}) offer=${quote(
        options
          .flatMap(({ long, short }) => [long, short ?? ""])
          .filter(Boolean)
          .join(" "),
      )} ;;`,
  )
  .join("\n")}
        esac
      else
        case "$path $at" in
${commands.map(operandOffers).filter(Boolean).join("\n")}
        esac
      fi ;;
  esac
  case "$offer" in
    ':file') compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    ':nsid') offer=$_skylex_nsids ;;
    ':endpoint') offer=$_skylex_endpoints ;;
    ':key') offer=$(_skylex_keys "$first"); nospace=yes ;;
  esac
  [[ -n $nospace ]] && compopt -o nospace
  mapfile -t COMPREPLY < <(compgen -W "$offer" -- "$current")
}
complete -F _skylex skylex
`;
}

/** What the script offers for a kind, as a word of it. */
const offer = (kind: Kind): string => (typeof kind === "string" ? (kind === "text" ? "" : `:${kind}`) : kind.join(" "));

const names = ({ long, short }: CompletedCommand["options"][number], path: string): string[] =>
  [long, short].filter((name) => name !== undefined).map((name) => quote(`${path} ${name}`));

/** Values of options are no operands. */
function valueCases(commands: readonly CompletedCommand[]): string {
  const taking = commands.flatMap(({ path, options }) =>
    options.filter(({ value }) => value !== undefined).flatMap((option) => names(option, path)),
  );
  return `      ${taking.join("|")}) continue ;;`;
}

function valueOffers({ path, options }: CompletedCommand): string {
  return options
    .filter(({ value }) => value !== undefined)
    .map((option) => `    ${names(option, path).join("|")}) offer=${quote(offer(option.value ?? "text"))} ;;`)
    .join("\n");
}

function operandOffers({ path, operands, commands }: CompletedCommand): string {
  if (commands.length > 0)
    return `          ${quote(`${path} 0`)}) offer=${quote(commands.map(({ name }) => name).join(" "))} ;;`;
  return operands
    .map((kind, index) => {
      const place = index === operands.length - 1 ? `${quote(`${path} `)}*` : quote(`${path} ${index}`);
      return `          ${place}) offer=${quote(offer(kind))} ;;`;
    })
    .join("\n");
}
