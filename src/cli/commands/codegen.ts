import type { Command } from "commander";
import { examples, several } from "../arguments.ts";

interface CodegenFlags {
  readonly from?: readonly string[];
  readonly only?: readonly string[];
  readonly items?: readonly string[];
  readonly out?: string;
  readonly runtime?: string;
  readonly extension?: string;
  readonly check?: true;
  readonly quiet?: true;
}

export function define(command: Command): void {
  command
    .option("--from <folder>", "also read the documents below a folder; may be repeated", several)
    .option(
      "--only <nsid>",
      "only this and what it needs; NSID.* takes everything below a name; may be repeated",
      several,
    )
    .option(
      "--items <nsid=property>",
      "which array of a query's output is the list that it pages through, where there are several; may be repeated",
      several,
    )
    .option("--out <folder>", "write into this folder, the lexicons of --from and what they need")
    .option("--runtime <module>", "where generated code imports the runtime from")
    .option("--extension <ts|js>", "how generated files import each other")
    .option("--check", "write nothing, and exit with 1 if something would change")
    .option("--quiet", "print only changes and errors")
    .action(codegen);
  command.addHelpText("after", "\nThe same as skylex-codegen. It needs ts-morph: npm install --save-dev ts-morph");
  examples(command, [
    ["skylex codegen --from lexicons --out src/generated", "methods and types for lexicons of your own"],
    ["skylex codegen --from lexicons --out src/generated --check", "whether they are as generated"],
  ]);
}

async function codegen({ from = [], only = [], items = [], check, quiet, ...texts }: CodegenFlags): Promise<void> {
  const argv = [
    ...from.flatMap((folder) => ["--from", folder]),
    ...only.flatMap((nsid) => ["--only", nsid]),
    ...items.flatMap((item) => ["--items", item]),
    ...Object.entries(texts as Readonly<Record<string, string>>).flatMap(([name, value]) => [`--${name}`, value]),
    ...(check ? ["--check"] : []),
    ...(quiet ? ["--quiet"] : []),
  ];
  const { main } = await import("../../../codegen/cli.ts");
  process.exitCode = await main(argv);
}
