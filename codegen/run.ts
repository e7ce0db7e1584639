import { join, resolve as resolvePath } from "node:path";
import type { Change, Hint } from "./change.ts";
import { compareVersions, semverHint } from "./changelog.ts";
import type { ChoiceOptions } from "./choice.ts";
import { chosenBy, rememberedChoice, sourceName } from "./choice.ts";
import { emit } from "./emit/index.ts";
import { sha256 } from "./digest.ts";
import { checkDocuments, loadFolder, mergeSources } from "./load.ts";
import { documentsOf, knownDigests, manifestOf, manifestText, parseManifest, readManifest } from "./manifest.ts";
import { readMemory, remember, versionOf, writeMemory } from "./incremental-cache.ts";
import type { LexiconDocument } from "./model.ts";
import type { Note } from "./notes.ts";
import type { Plan } from "./plan.ts";
import { apply, isClean, planFiles, readTexts, readTree } from "./plan.ts";
import type { LexiconError } from "./errors.ts";
import { CodegenError } from "./errors.ts";
import { reachable } from "./references.ts";
import { Refusals } from "./refusals.ts";
import { resolve } from "./resolve.ts";
import { loadOfficial } from "./sources.ts";

export interface RunOptions extends ChoiceOptions {
  /** Folder of the skylex package */
  readonly root: string;
  /** Compare only; write nothing but the materialised documents */
  readonly check?: boolean | undefined;
  /** Further folders with documents; they replace official ones of the same NSID */
  readonly from?: readonly string[] | undefined;
  /** Generate these and what they need. A trailing `.*` takes everything below a name */
  readonly only?: readonly string[] | undefined;
  /** Output properties that hold the items of pages, by NSID, where several could */
  readonly items?: Readonly<Record<string, string>> | undefined;
  /** Output folder; default `generated/` of the package */
  readonly out?: string | undefined;
  /** Module that generated code imports the runtime from; default `#runtime`, or `skylex/runtime` with `out` */
  readonly runtime?: string | undefined;
  /** Ending of the file names in imports; default `.ts` */
  readonly extension?: ".ts" | ".js" | undefined;
  /** File that remembers what was made of what, so that the next run makes only what differs. Default: none, all is made */
  readonly memory?: string | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface RunResult {
  readonly clean: boolean;
  readonly plans: readonly Plan[];
  readonly documents: number;
  /** Files that were made, and not only found to be as they would be made */
  readonly made: number;
  readonly changes: readonly Change[];
  readonly hint: Hint;
  /** Documents of which no code is made */
  readonly refusals: readonly LexiconError[];
  /** What of the others is unknown, or was passed over */
  readonly notes: readonly Note[];
}

/**
 * Generates code from the official documents, those under `lexicons/custom` and those of `from`. A document that is wrong is
 * refused, and the others are generated without it.
 *
 * @throws CodegenError for a call or a folder that is wrong
 */
export async function run(options: RunOptions): Promise<RunResult> {
  const { root, check = false } = options;
  const lexicons = join(root, "lexicons");
  const out = options.out === undefined ? join(root, "generated") : resolvePath(options.out);
  const manifestFolder = options.out === undefined ? lexicons : out;
  const shipped = readManifest(join(lexicons, "manifest.json"));
  const before = options.out === undefined ? shipped : readManifest(join(out, "manifest.json"));
  const chosen = chosenBy(options, shipped);

  const refusals = new Refusals();
  const known = new Set([...knownDigests(shipped), ...knownDigests(before)]);
  const custom = options.out === undefined ? loadFolder(join(lexicons, "custom"), "lexicons/custom", { refusals }) : [];
  const base = options.out === undefined ? root : out;
  const load = (folder: string): LexiconDocument[] => loadFolder(folder, sourceName(base, folder), { refusals, known });
  const own = (chosen.from ?? []).flatMap(chosen.isRemembered ? rememberedFolder(load) : load);
  const replaced = new Set([...own, ...custom].map(({ nsid }) => nsid));
  const official = await loadOfficial(root, join(lexicons, "official"), shipped, replaced);
  const merged = mergeSources([official.documents, own, custom], refusals);
  const all = await checkDocuments(merged, known, refusals);
  const { items = {} } = chosen;
  checkItems(items, merged);
  const selected = select(all, own, { ...options, ...chosen }, refusals);

  const { extension, onProgress } = options;
  const runtime = options.runtime ?? (options.out === undefined ? "#runtime" : "skylex/runtime");
  const version = versionOf([runtime, extension ?? "", String(options.out !== undefined), JSON.stringify(items)]);
  // A check believes nothing that it has not made itself.
  const memory = readMemory(check ? undefined : options.memory, version);
  const models = resolve(selected, { refusals, remembered: memory.documents, items });
  const present = readTree(out);
  const { files, keys } = emit(models, {
    runtime,
    extension,
    isOwn: options.out !== undefined,
    onProgress,
    isCurrent: (file, key) =>
      memory.files[file]?.key === key && memory.files[file].sha256 === digestOf(present.get(file)),
  });
  const current = [...keys.keys()].filter((file) => !files.has(file));
  const made = new Set(models.map(({ nsid }) => nsid));
  const documents = selected.filter(({ nsid }) => made.has(nsid));
  const choice = options.out === undefined ? rememberedChoice(root, chosen) : undefined;
  const manifest = manifestText(manifestOf(documents, official.package, choice));
  const plans = [
    planFiles(out, files, { present, current }),
    // It shares its folder with documents, which are none of the plan's business.
    planFiles(manifestFolder, new Map([["manifest.json", manifest]]), {
      owned: isManifest,
      present: readTexts(manifestFolder, ["manifest.json"]),
    }),
  ];
  const clean = plans.every(isClean);
  if (!check) {
    for (const plan of plans) apply(plan);
    if (options.memory !== undefined) writeMemory(options.memory, version, remember(models, keys, files, memory));
  }
  const whole = all.filter(({ nsid }) => made.has(nsid));
  const old = before === undefined ? [] : [...official.previous, ...all, ...documentsOf(before)];
  const changes = compareVersions(before, old, whole, items);
  return {
    clean,
    plans,
    documents: documents.length,
    made: files.size,
    changes,
    hint: semverHint(changes),
    refusals: refusals.all,
    notes: models.flatMap(({ notes }) => notes),
  };
}

/** Nobody has named the folder in this run, so it is said where its name comes from. */
const rememberedFolder =
  (load: (folder: string) => LexiconDocument[]) =>
  (folder: string): LexiconDocument[] => {
    try {
      return load(folder);
    } catch (cause) {
      throw new CodegenError(
        `The folder ${folder}, from which lexicons/manifest.json says that the code is made, cannot be read. Say --from again, or --pinned for the official documents alone.`,
        { cause },
      );
    }
  };

function checkItems(items: Readonly<Record<string, string>>, documents: readonly LexiconDocument[]): void {
  const known = new Set(documents.map(({ nsid }) => nsid));
  const unknown = Object.keys(items).find((nsid) => !known.has(nsid));
  if (unknown !== undefined) throw new CodegenError(`--items ${unknown}=${items[unknown]} matches no document.`);
}

const digestOf = (text: string | undefined): string | undefined => (text === undefined ? undefined : sha256(text));

const isManifest = (text: string): boolean => parseManifest(text) !== undefined;

function select(
  all: readonly LexiconDocument[],
  own: readonly LexiconDocument[],
  { only, out }: Pick<RunOptions, "only" | "out">,
  refusals: Refusals,
): readonly LexiconDocument[] {
  if (only !== undefined && only.length > 0) return reachable(all, matching(all, only, refusals));
  // Into somebody's own project go their own lexicons and what these need.
  return out !== undefined && own.length > 0 ? reachable(all, new Set(own.map(({ nsid }) => nsid))) : all;
}

function matching(
  all: readonly LexiconDocument[],
  patterns: readonly string[],
  refusals: Refusals,
): ReadonlySet<string> {
  const names = [...all, ...refusals.all].map(({ nsid }) => nsid);
  const chosen = new Set<string>();
  for (const pattern of patterns) {
    const prefix = pattern.endsWith(".*") ? pattern.slice(0, -1) : undefined;
    const found = names.filter((nsid) => (prefix === undefined ? nsid === pattern : nsid.startsWith(prefix)));
    if (found.length === 0) throw new CodegenError(`--only ${pattern} matches no document.`);
    for (const nsid of found) chosen.add(nsid);
  }
  return chosen;
}
