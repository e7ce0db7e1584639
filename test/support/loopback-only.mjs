/**
 * Loaded before all tests, and before every program of Node they start: this machine is all there is, but for the PostgreSQL
 * server that somebody may have named. Plain JavaScript, which every version of Node takes.
 */
import { Socket } from "node:net";

const connect = Reflect.get(Socket.prototype, "connect");

Socket.prototype.connect = function (...args) {
  // Node calls it with its own arguments, in an array: options first.
  const [options, host] = args.flat();
  const to = typeof options === "object" ? options : { host: typeof host === "string" ? host : undefined };
  if (typeof options === "string" || isHere(to)) return connect.apply(this, args);
  const error = new Error(`connect ENETUNREACH ${to.host}: tests reach nothing outside of this machine`);
  Object.assign(error, { code: "ENETUNREACH", syscall: "connect", address: to.host });
  process.nextTick(() => this.destroy(error));
  return this;
};

/** What brings its own resolver is told by the test where names lead. */
const isHere = ({ path, lookup, host = "localhost" }) =>
  path !== undefined ||
  lookup !== undefined ||
  /^(?:localhost|.*\.localhost|127\.[\d.]+|::1|::ffff:127\.[\d.]+)$/i.test(host) ||
  host === process.env["TEST_POSTGRES_HOST"];
