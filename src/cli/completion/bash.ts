import { operandOffers, pathCase, quote, valueCase, valueOffers, written } from "./posix.ts";
import { type CompletedCommand, flat, type Names } from "./tree.ts";

/** The completion of bash, 4 or newer. */
export function bashScript(tree: CompletedCommand, { all, endpoints }: Names): string {
  const commands = flat(tree);
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
      ${pathCase(commands)}) path="\${path:+$path }$word"; at=0; continue ;;
    esac
    case "$path \${words[index - 1]}" in
      ${valueCase(commands)}) continue ;;
    esac
    [[ -n $path ]] && { [[ $at == 0 ]] && first=$word; ((at++)); }
  done
  case "$path $previous" in
${valueOffers(commands)}
    *)
      if [[ $current == -* ]]; then
        case "$path" in
${commands.map(({ path, options }) => `          ${quote(path)}) offer=${quote(options.flatMap(written).join(" "))} ;;`).join("\n")}
        esac
      else
        case "$path $at" in
${operandOffers(commands, (below) => `offer=${quote(below.map(({ name }) => name).join(" "))}`)}
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
