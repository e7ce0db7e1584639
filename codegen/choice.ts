import { join, relative, resolve } from "node:path";
import type { Choice, Manifest } from "./manifest.ts";

export interface ChoiceOptions extends Choice {
  readonly root: string;
  readonly out?: string | undefined;
  /** Forget what was chosen: the pinned official documents and those of `lexicons/custom` */
  readonly pinned?: boolean | undefined;
}

/** What a run is told; the package's own code is made as it was chosen last, if it is told nothing. */
export function chosenBy(
  { root, out, pinned = false, from, only, items }: ChoiceOptions,
  manifest: Manifest | undefined,
): Choice & { readonly isRemembered: boolean } {
  const isTold = [from, only, Object.keys(items ?? {})].some((one) => one !== undefined && one.length > 0);
  if (isTold || pinned || out !== undefined || manifest?.chosen === undefined) {
    return { from, only, items, isRemembered: false };
  }
  const { chosen } = manifest;
  return { ...chosen, from: chosen.from?.map((folder) => join(root, folder)), isRemembered: true };
}

/** What is to be remembered of it; nothing when all is as it is by itself. */
export function rememberedChoice(root: string, { from = [], only = [], items = {} }: Choice): Choice | undefined {
  const choice = {
    ...(from.length > 0 ? { from: from.map((folder) => sourceName(root, folder)) } : {}),
    ...(only.length > 0 ? { only } : {}),
    ...(Object.keys(items).length > 0 ? { items } : {}),
  };
  return Object.keys(choice).length > 0 ? choice : undefined;
}

/** A folder as the manifest names it: relative to what it belongs to, so that it says nothing of the machine. */
export const sourceName = (base: string, folder: string): string =>
  relative(base, resolve(folder)).replaceAll("\\", "/") || ".";
