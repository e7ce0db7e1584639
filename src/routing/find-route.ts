import type { Endpoint } from "../core/lexicon/definition.ts";
import type { Services } from "../core/services.ts";
import type { Route } from "./route-table.ts";
import { publicRoutes } from "./route-table.ts";

/** NSIDs come from code, so there are few; this bounds what odd input can make of it. */
const REMEMBERED = 2000;

/** Finds the row of an endpoint: a whole NSID counts more than a namespace, a longer namespace more than a shorter one. */
export class RouteTable {
  readonly #rows: readonly Route[];
  readonly #known = new Map<string, Route>();

  constructor(services: Services, own: readonly Route[] = []) {
    const rows = [...own, ...publicRoutes(services)];
    this.#rows = rows.toSorted((one, other) => weight(other.nsid) - weight(one.nsid));
  }

  find({ nsid, kind }: Pick<Endpoint, "nsid" | "kind">): Route {
    const key = kind === "query" ? nsid : `${nsid}!`;
    let route = this.#known.get(key);
    if (route === undefined) {
      route = this.#rows.find((row) => (row.kind ?? kind) === kind && covers(row.nsid, nsid)) as Route;
      if (this.#known.size >= REMEMBERED) this.#known.clear();
      this.#known.set(key, route);
    }
    return route;
  }
}

const covers = (pattern: string, nsid: string): boolean =>
  pattern.endsWith("*") ? nsid.startsWith(pattern.slice(0, -1)) : pattern === nsid;

const weight = (pattern: string): number => (pattern.endsWith("*") ? pattern.length - 1 : 1000);
