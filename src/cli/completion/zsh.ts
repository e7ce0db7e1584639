import { type CompletedCommand, flat, type Kind, type Names, quote } from "./tree.ts";

/** The completion of zsh. */
export function zshScript(tree: CompletedCommand, { all, endpoints }: Names): string {
  const commands = flat(tree);
  const paths = commands
    .filter(({ path }) => path !== "")
    .map(({ path }) => quote(path.includes(" ") ? path : ` ${path}`));
  return `#compdef skylex
# zsh completion of skylex: source <(skylex completion zsh)
typeset -ga _skylex_nsids=(${all.join(" ")})
typeset -gA _skylex_keys=(
${[...endpoints].map(([nsid, keys]) => `  ${nsid} ${quote(keys.join(" "))}`).join("\n")}
)
_skylex() {
  local current=\${words[CURRENT]} previous=\${words[CURRENT-1]} path_='' first='' word index at=0 offer=''
  for ((index = 2; index < CURRENT; index++)); do
    word=\${words[index]}
    [[ $word == -* ]] && continue
    case "$path_ $word" in
      ${paths.join("|")}) path_="\${path_:+$path_ }$word"; at=0; continue ;;
    esac
    case "$path_ \${words[index-1]}" in
      ${taking(commands).join("|")}) continue ;;
    esac
    [[ -n $path_ ]] && { (( at == 0 )) && first=$word; (( at++ )); }
  done
  case "$path_ $previous" in
${commands.flatMap(({ path, options }) => options.filter(({ value }) => value !== undefined).map((option) => `    ${names(option, path).join("|")}) offer=${quote(offer(option.value ?? "text"))} ;;`)).join("\n")}
    *)
      if [[ $current == -* ]]; then
        local -a described
        case "$path_" in
${commands.map(({ path, options }) => `          ${quote(path)}) described=(${options.flatMap(described).join(" ")}) ;;`).join("\n")}
        esac
        _describe -o option described
        return
      fi
      case "$path_ $at" in
${commands.map(operands).filter(Boolean).join("\n")}
      esac ;;
  esac
  case "$offer" in
    ':file') _files ;;
    ':nsid') compadd -a _skylex_nsids ;;
    ':endpoint') compadd -k _skylex_keys ;;
    ':key') compadd -S '' -- \${=_skylex_keys[$first]} ;;
    *) [[ -n $offer ]] && compadd -- \${=offer} ;;
  esac
}
# As a file on the fpath it is called itself; sourced, it is announced.
if [[ \${funcstack[1]} == _skylex ]]; then _skylex "$@"; else compdef _skylex skylex; fi
`;
}

const offer = (kind: Kind): string => (typeof kind === "string" ? (kind === "text" ? "" : `:${kind}`) : kind.join(" "));

const names = ({ long, short }: CompletedCommand["options"][number], path: string): string[] =>
  [long, short].filter((name) => name !== undefined).map((name) => quote(`${path} ${name}`));

const taking = (commands: readonly CompletedCommand[]): string[] =>
  commands.flatMap(({ path, options }) =>
    options.filter(({ value }) => value !== undefined).flatMap((option) => names(option, path)),
  );

const pair = (name: string, description: string): string => quote(`${name.replaceAll(":", "\\:")}:${description}`);

const described = ({ long, short, description }: CompletedCommand["options"][number]): string[] =>
  [long, short].filter((name) => name !== undefined).map((name) => pair(name, description));

function operands({ path, operands: kinds, commands }: CompletedCommand): string {
  if (commands.length > 0) {
    const list = commands.map(({ name, summary }) => pair(name, summary)).join(" ");
    return `        ${quote(`${path} 0`)}) local -a commands_; commands_=(${list}); _describe command commands_ ;;`;
  }
  return kinds
    .map((kind, index) => {
      const place = index === kinds.length - 1 ? `${quote(`${path} `)}*` : quote(`${path} ${index}`);
      return `        ${place}) offer=${quote(offer(kind))} ;;`;
    })
    .join("\n");
}
