/** Input of @atcute/lex-cli, which takes paths relative to this folder. */
import { defineLexiconConfig } from "@atcute/lex-cli";

export default defineLexiconConfig({
  generate: {
    files: ["../out/codegen/lexicons/{official,custom}/**/*.json"],
    outdir: "../out/codegen-atcute",
    clean: true,
  },
});
