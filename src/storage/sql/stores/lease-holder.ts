/**
 * Who holds a lease, as part of its token: `<random>@<process>.<machine>`. A machine is told by what two of them cannot have in
 * common: on Linux its boot and the namespace that numbers its processes, so that containers of one name are not taken for one
 * another; elsewhere its name and the minute of its start.
 */
let machine: string | undefined;

function thisMachine(): string {
  if (machine !== undefined) return machine;
  const { createHash } = process.getBuiltinModule("node:crypto");
  return (machine = createHash("sha256").update(describeMachine()).digest("base64url").slice(0, 16));
}

function describeMachine(): string {
  const { hostname, uptime } = process.getBuiltinModule("node:os");
  if (process.platform !== "linux") return `${hostname()} ${Math.round((Date.now() / 1000 - uptime()) / 60)}`;
  try {
    const { readFileSync, readlinkSync } = process.getBuiltinModule("node:fs");
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    // Nothing tells this machine from others, so nobody's process is found missing here.
    return process.getBuiltinModule("node:crypto").randomUUID();
  }
}

/** A token of this process, different each time. */
export function newToken(): string {
  return `${process.getBuiltinModule("node:crypto").randomUUID()}@${process.pid}.${thisMachine()}`;
}

/** Whether the process that made a token was one of this machine, and is no more. False for all that cannot be known. */
export function isGone(token: string): boolean {
  const [, pid, host] = /@(\d+)\.([\w-]+)$/.exec(token) ?? [];
  if (pid === undefined || host !== thisMachine()) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as { readonly code?: unknown }).code === "ESRCH";
  }
}
