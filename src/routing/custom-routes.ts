import { ValidationError } from "../core/errors/index.ts";
import { isDid, isServiceRef, parseNsid, parseService } from "../core/identifiers.ts";
import type { Host, Route } from "./route-table.ts";

/** Where calls to endpoints of your own go. Give `proxy`, or `service`, with `serviceAuth` if the service wants to know who is asking. */
export interface RouteOption {
  /** NSID, or a namespace that ends in `.*`: `com.example.*` */
  readonly nsid: string;
  /** Service that the account's own server passes the calls on to: `did:web:example.com#id` */
  readonly proxy?: string | undefined;
  /** URL of the service itself, which gets no access token */
  readonly service?: string | URL | undefined;
  /** The token that the service gets, made for it by the account's own server. Without it the service is asked as nobody */
  readonly serviceAuth?: ServiceAuthOption | undefined;
}

/** The service token that calls of a route carry. */
export interface ServiceAuthOption {
  /** DID of the service, or `did#id` */
  readonly aud: string;
  /** NSID that the token is good for. Default: the one that is called */
  readonly lxm?: string | undefined;
  /** Seconds that the token lives, at most 3600. Default 60 */
  readonly seconds?: number | undefined;
}

/** @throws ValidationError naming the row and member that cannot be */
export const readRoutes = (options: readonly RouteOption[] = []): readonly Route[] => options.map(rowOf);

function rowOf(option: RouteOption, index: number): Route {
  const { nsid, proxy, service, serviceAuth } = option;
  const refuse = (member: string, message: string): never => {
    const path = `routes[${index}]${member}`;
    throw new ValidationError(`${path} ${message}.`, { issues: [{ path, message }] });
  };
  if (parseNsid(nsid.replace(/\.\*$/, ".x")) === undefined) {
    refuse(".nsid", `must be an NSID or a namespace such as "com.example.*", not ${JSON.stringify(nsid)}`);
  }
  const own = { nsid, why: "a route of this client", source: "the client's option `routes`" };
  if (proxy !== undefined) {
    if (service !== undefined || serviceAuth !== undefined) {
      refuse(
        "",
        "has both proxy and service: the account's own server passes calls on, or the service is asked itself",
      );
    }
    if (!isServiceRef(proxy)) refuse(".proxy", `must be a DID with a service, "did:web:example.com#id"`);
    return { ...own, host: "account", proxy };
  }
  if (service === undefined) return refuse("", "needs service or proxy");
  const host = parseService(service, `routes[${index}].service`) as Host;
  if (serviceAuth === undefined) return { ...own, host, anonymous: host, token: "none" };
  const { aud, lxm, seconds } = serviceAuth;
  if (!isDid(aud) && !isServiceRef(aud)) refuse(".serviceAuth.aud", `must be a DID, not ${JSON.stringify(aud)}`);
  if (lxm !== undefined && parseNsid(lxm) !== lxm) refuse(".serviceAuth.lxm", "must be an NSID");
  if (seconds !== undefined && !(Number.isInteger(seconds) && seconds > 0 && seconds <= 3600)) {
    refuse(".serviceAuth.seconds", "must be a whole number of at most 3600");
  }
  return { ...own, host, token: { aud, lxm, seconds } };
}
