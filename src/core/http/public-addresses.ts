import type { LookupOptions } from "node:dns";
import type { LookupFunction } from "node:net";
import ipaddr from "ipaddr.js";

/** A name leads to an address that is not reachable from everywhere. Nothing was sent to it. */
export class PrivateAddress extends Error {
  readonly code = "ERR_PRIVATE_ADDRESS";

  constructor(host: string) {
    super(`${host} is at an address that is not public`);
  }
}

/**
 * Whether an IP address belongs to the public internet: none of the IANA special-purpose ranges,
 * https://www.iana.org/assignments/iana-ipv4-special-registry and https://www.iana.org/assignments/iana-ipv6-special-registry,
 * and of IPv6 only the part that is handed out, https://www.iana.org/assignments/ipv6-address-space
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  return parsed.range() === "unicast" && (parsed.kind() === "ipv4" || parsed.match(globalUnicast));
}

const globalUnicast = ipaddr.parseCIDR("2000::/3");

/** Whether a host of a URL is an address that is not public, or a name that every system takes for itself. */
export function isPrivateHost(hostname: string): boolean {
  const name = hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  return name === "localhost" || name.endsWith(".localhost") || (ipaddr.isValid(name) && !isPublicAddress(name));
}

/** Looks a name up for the connection that is about to be made, and gives it public addresses only. */
export const lookupPublic: LookupFunction = (hostname, options: LookupOptions, done) => {
  const { lookup } = process.getBuiltinModule("node:dns");
  lookup(hostname, { ...options, all: true }, (error, found) => {
    if (error) return done(error, "", 0);
    const open = found.filter(({ address }) => isPublicAddress(address));
    const [first] = open;
    if (first === undefined) return done(new PrivateAddress(hostname), "", 0);
    return options.all ? done(null, open) : done(null, first.address, first.family);
  });
};
