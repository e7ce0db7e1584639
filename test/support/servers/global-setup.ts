import type { TestProject } from "vitest/node";
import { startNetwork, type NetworkAddresses } from "./start.ts";

declare module "vitest" {
  interface ProvidedContext {
    network: NetworkAddresses;
  }
}

/** One network for the whole run; files are kept apart by accounts and databases of their own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { pid: _pid, folder: _folder, processAll: _processAll, close, ...addresses } = await startNetwork();
  project.provide("network", addresses);
  return close;
}
