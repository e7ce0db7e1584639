import { BlockList, isIP } from "node:net";

/**
 * Ranges that are not reachable from everywhere, or lead elsewhere than they say: the IANA special-purpose address registries,
 * https://www.iana.org/assignments/iana-ipv4-special-registry and https://www.iana.org/assignments/iana-ipv6-special-registry
 */
const special: readonly (readonly [net: string, prefix: number])[] = [
  ["0.0.0.0", 8], // this host and network
  ["10.0.0.0", 8], // private use
  ["100.64.0.0", 10], // carrier-grade NAT
  ["127.0.0.0", 8], // loopback
  ["169.254.0.0", 16], // link-local, and the metadata services of clouds
  ["172.16.0.0", 12], // private use
  ["192.0.0.0", 24], // protocol assignments
  ["192.0.2.0", 24], // documentation
  ["192.88.99.0", 24], // 6to4 relays, deprecated
  ["192.168.0.0", 16], // private use
  ["198.18.0.0", 15], // benchmarking
  ["198.51.100.0", 24], // documentation
  ["203.0.113.0", 24], // documentation
  ["224.0.0.0", 3], // multicast, reserved, broadcast
  ["2001::", 23], // protocol assignments, Teredo among them
  ["2001:db8::", 32], // documentation
  ["2002::", 16], // 6to4: an IPv4 address in disguise
  ["3fff::", 20], // documentation
];

/** The only part of IPv6 that is handed out for the public: https://www.iana.org/assignments/ipv6-address-space */
const globalUnicast = new BlockList();
globalUnicast.addSubnet("2000::", 3, "ipv6");

const refused = new BlockList();
for (const [net, prefix] of special) refused.addSubnet(net, prefix, net.includes(":") ? "ipv6" : "ipv4");

/** Whether an IP address belongs to the public internet. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !refused.check(address, "ipv4");
  return family === 6 && globalUnicast.check(address, "ipv6") && !refused.check(address, "ipv6");
}
