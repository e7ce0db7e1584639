import { Argument, type Command } from "commander";
import { examples } from "../arguments.ts";
import { printLines } from "../output.ts";

const shells = {
  bash: async () => (await import("../completion/bash.ts")).bashScript,
  zsh: async () => (await import("../completion/zsh.ts")).zshScript,
  fish: async () => (await import("../completion/fish.ts")).fishScript,
} as const;

export function define(command: Command): void {
  command.addArgument(new Argument("<shell>", "whose script").choices(Object.keys(shells))).action(completion);
  command.addHelpText("after", "\nCompletes commands, options, NSIDs of endpoints, and what they take.");
  examples(command, [
    ["source <(skylex completion bash)", "now, or in ~/.bashrc"],
    ["source <(skylex completion zsh)", "after compinit, or in ~/.zshrc"],
    ["skylex completion fish > ~/.config/fish/completions/skylex.fish", ""],
  ]);
}

async function completion(shell: keyof typeof shells): Promise<void> {
  const [{ completed, namesOf }, { build }, { Lexicons }, script] = await Promise.all([
    import("../completion/tree.ts"),
    import("../program.ts"),
    import("../lexicons.ts"),
    shells[shell](),
  ]);
  const program = await build(() => true);
  await printLines(script(completed(program), namesOf(new Lexicons())).trimEnd());
}
