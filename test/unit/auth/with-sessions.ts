import type { SessionStore, Storage } from "../../../src/storage/ports/index.ts";

/** The same storage with some of its session methods replaced. */
export function withSessions(storage: Storage, own: Partial<SessionStore>): Storage {
  const sessions = new Proxy(storage.sessions, {
    get: (target, name) => {
      const method = Reflect.get(own, name) ?? Reflect.get(target, name);
      return typeof method === "function" ? method.bind(target) : method;
    },
  });
  return { ...storage, sessions, location: storage.location, open: () => storage.open(), close: () => storage.close() };
}
