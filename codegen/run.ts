import { join, relative, resolve as resolvePath } from "node:path";
import type { Change, Hint } from "./change.ts";
import { compareVersions, semverHint } from "./changelog.ts";
import { emit } from "./emit/index.ts";
import { sha256 } from "./digest.ts";
import { checkDocuments, loadFolder, mergeSources } from "./load.ts";
import { knownDigests, manifestOf, manifestText, parseManifest, readManifest } from "./manifest.ts";
import { readMemory, remember, versionOf, writeMemory } from "./incremental-cache.ts";
import type { LexiconDocument } from "./model.ts";
import { checkOverrides } from "./overrides.ts";
import type { Plan } from "./plan.ts";
import { apply, isClean, planFiles, readTexts, readTree } from "./plan.ts";
import { CodegenError } from "./errors.ts";
import { reachable } from "./references.ts";
import { resolve } from "./resolve.ts";
import { loadOfficial } from "./sources.ts";

export interface RunOptions {
  /** Folder of the skylex package */
  readonly root: string;
  /** Compare only; write nothing but the materialised documents */
  readonly check?: boolean | undefined;
  /** Further folders with documents; they replace official ones of the same NSID */
  readonly from?: readonly string[] | undefined;
  /** Generate these and what they need. A trailing `.*` takes everything below a name */
  readonly only?: readonly string[] | undefined;
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
}

/**
 * Generates code from the official documents, those under `lexicons/custom` and those of `from`.
 *
 * @throws LexiconError for a document that is wrong, CodegenError for a call or a folder that is
 */
export async function run(options: RunOptions): Promise<RunResult> {
  const { root, check = false } = options;
  const lexicons = join(root, "lexicons");
  const out = options.out === undefined ? join(root, "generated") : resolvePath(options.out);
  const manifestFolder = options.out === undefined ? lexicons : out;
  const shipped = readManifest(join(lexicons, "manifest.json"));
  const before = options.out === undefined ? shipped : readManifest(join(out, "manifest.json"));

  const custom = options.out === undefined ? loadFolder(join(lexicons, "custom"), "lexicons/custom") : [];
  const base = options.out === undefined ? root : out;
  const own = (options.from ?? []).map((folder) => loadFolder(folder, sourceName(base, folder)));
  const replaced = new Set([...own.flat(), ...custom].map(({ nsid }) => nsid));
  const official = await loadOfficial(root, join(lexicons, "official"), shipped, replaced);
  const all = mergeSources(official.documents, own.flat(), custom);
  await checkDocuments(all, new Set([...knownDigests(shipped), ...knownDigests(before)]));
  checkOverrides(all);
  const documents = select(all, own.flat(), options);

  const { extension, onProgress } = options;
  const runtime = options.runtime ?? (options.out === undefined ? "#runtime" : "skylex/runtime");
  const version = versionOf([runtime, extension ?? ""]);
  // A check believes nothing that it has not made itself.
  const memory = readMemory(check ? undefined : options.memory, version);
  const models = resolve(documents, memory.documents);
  const present = readTree(out);
  const { files, keys } = emit(models, {
    runtime,
    extension,
    onProgress,
    isCurrent: (file, key) =>
      memory.files[file]?.key === key && memory.files[file].sha256 === digestOf(present.get(file)),
  });
  const current = [...keys.keys()].filter((file) => !files.has(file));
  const manifest = manifestText(manifestOf(documents, official.package));
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
  const chosen = new Set(documents.map(({ nsid }) => nsid));
  const whole = all.filter(({ nsid }) => chosen.has(nsid));
  const changes = compareVersions(before, [...official.previous, ...all], whole);
  return { clean, plans, documents: documents.length, made: files.size, changes, hint: semverHint(changes) };
}

const digestOf = (text: string | undefined): string | undefined => (text === undefined ? undefined : sha256(text));

const isManifest = (text: string): boolean => parseManifest(text) !== undefined;

/** A folder as the manifest names it: relative to what it belongs to, so that it says nothing of the machine. */
const sourceName = (base: string, folder: string): string =>
  relative(base, resolvePath(folder)).replaceAll("\\", "/") || ".";

function select(
  all: readonly LexiconDocument[],
  own: readonly LexiconDocument[],
  { only, out }: RunOptions,
): readonly LexiconDocument[] {
  if (only !== undefined && only.length > 0) return reachable(all, matching(all, only));
  // Into somebody's own project go their own lexicons and what these need.
  return out !== undefined && own.length > 0 ? reachable(all, new Set(own.map(({ nsid }) => nsid))) : all;
}

function matching(all: readonly LexiconDocument[], patterns: readonly string[]): ReadonlySet<string> {
  const chosen = new Set<string>();
  for (const pattern of patterns) {
    const prefix = pattern.endsWith(".*") ? pattern.slice(0, -1) : undefined;
    const found = all.filter(({ nsid }) => (prefix === undefined ? nsid === pattern : nsid.startsWith(prefix)));
    if (found.length === 0) throw new CodegenError(`--only ${pattern} matches no document.`);
    for (const { nsid } of found) chosen.add(nsid);
  }
  return chosen;
}
