import { inject } from "vitest";
import { Client, type ClientOptions } from "../../../src/index.ts";
import type { Account } from "../../support/servers/accounts.ts";

/** A client of an account at one of the network's servers, which finds everybody in its directory. */
export const clientOf = (account: Account, service: string, options: ClientOptions = {}): Client =>
  new Client({
    service,
    accessToken: account.accessJwt,
    plcDirectory: inject("network").plc,
    logLevel: "silent",
    storage: ":memory:",
    ...options,
  });
