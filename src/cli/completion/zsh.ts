import { operandOffers, pathCase, quote, valueCase, valueOffers, written } from "./posix.ts";
import { type CompletedCommand, type CompletedOption, flat, type Names } from "./tree.ts";

/** The completion of zsh. */
export function zshScript(tree: CompletedCommand, { all, endpoints }: Names): string {
  const commands = flat(tree);
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
      ${pathCase(commands)}) path_="\${path_:+$path_ }$word"; at=0; continue ;;
    esac
    case "$path_ \${words[index-1]}" in
      ${valueCase(commands)}) continue ;;
    esac
    [[ -n $path_ ]] && { (( at == 0 )) && first=$word; (( at++ )); }
  done
  case "$path_ $previous" in
${valueOffers(commands)}
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
${operandOffers(commands, namesOf)}
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

const pair = (name: string, description: string): string => quote(`${name.replaceAll(":", "\\:")}:${description}`);

const described = (option: CompletedOption): string[] => written(option).map((name) => pair(name, option.description));

const namesOf = (commands: readonly CompletedCommand[]): string =>
  `local -a commands_; commands_=(${commands.map(({ name, summary }) => pair(name, summary)).join(" ")}); _describe command commands_`;
