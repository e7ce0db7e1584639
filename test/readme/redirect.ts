import http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { startVideoService } from "../stand-ins/video-service.ts";

/**
 * Loaded before a snippet: requests to public hosts go to the local servers named in the environment, and the account the
 * README opens with, which is not among the local ones, is the seeded one.
 */
const { README_PDS = "", README_APPVIEW = "", README_PLC = "", README_ACTOR = "", README_OTHER = "" } = process.env;

/** Stands for a service of somebody's own. */
const ownService = http.createServer((request, response) => {
  response.setHeader("content-type", "application/json").end(JSON.stringify({ asked: request.url }));
});

/** A directory in which everybody lives at the README's server. */
const directory = http.createServer((request, response) => {
  const id = decodeURIComponent((request.url ?? "/").slice(1));
  const service = [
    { id: "#atproto_pds", type: "AtprotoPersonalDataServer", serviceEndpoint: "https://pds.example.com" },
  ];
  response.setHeader("content-type", "application/json").end(JSON.stringify({ id, service }));
});
for (const server of [ownService, directory]) server.listen(0, "127.0.0.1").unref();

const video = await startVideoService({ plc: README_PLC, did: "did:web:video.bsky.app" });
video.jobs.atOnce = true;
video.unref();

const urlOf = (server: http.Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const localOf = (host: string): string => {
  switch (host) {
    case "public.api.bsky.app":
      return README_APPVIEW;
    case "pds.example.com":
    case "bsky.network":
      return README_PDS;
    case "video.bsky.app":
      return video.url;
    case "plc.directory":
      return urlOf(directory);
    case "example.com":
      return urlOf(ownService);
    default:
      throw new Error(`A snippet asked ${host}, which has no local stand-in.`);
  }
};

type Listener = (message: http.IncomingMessage) => void;

https.request = ((options: http.RequestOptions, listener: Listener) => {
  const local = new URL(localOf(options.hostname ?? options.host ?? ""));
  const path = options.path
    ?.replaceAll("actor=bsky.app", `actor=${README_ACTOR}`)
    .replaceAll("alice.test", README_ACTOR)
    .replaceAll("bob.test", README_OTHER);
  const { protocol, hostname, port } = local;
  // WebSockets bring their own TLS connection.
  const { createConnection: _, ...plain } = options;
  return http.request({ ...plain, protocol, host: hostname, hostname, port, path, agent: http.globalAgent }, listener);
}) as typeof https.request;
