import http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";

/**
 * Loaded before a snippet: requests to public hosts go to the local servers named in the environment, and the account the
 * README opens with, which is not among the local ones, is the seeded one.
 */
const { README_PDS = "", README_APPVIEW = "", README_ACTOR = "" } = process.env;

/** Stands for a service of somebody's own. */
const ownService = http.createServer((request, response) => {
  response.setHeader("content-type", "application/json").end(JSON.stringify({ asked: request.url }));
});
ownService.listen(0, "127.0.0.1").unref();

const localOf = (host: string): string => {
  switch (host) {
    case "public.api.bsky.app":
      return README_APPVIEW;
    case "pds.example.com":
      return README_PDS;
    case "example.com":
      return `http://127.0.0.1:${(ownService.address() as AddressInfo).port}`;
    default:
      throw new Error(`A snippet asked ${host}, which has no local stand-in.`);
  }
};

type Listener = (message: http.IncomingMessage) => void;

https.request = ((options: http.RequestOptions, listener: Listener) => {
  const local = new URL(localOf(options.hostname ?? ""));
  const path = options.path?.replaceAll("bsky.app", README_ACTOR).replaceAll("alice.test", README_ACTOR);
  const { protocol, hostname, port } = local;
  return http.request({ ...options, protocol, hostname, port, path, agent: http.globalAgent }, listener);
}) as typeof https.request;
