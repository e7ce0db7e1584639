import http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { startVideoService } from "../stand-ins/video-service.ts";

/**
 * Loaded before a program: what it asks of public hosts goes to the local servers named in the environment. The account that
 * the README opens with, which is not among the local ones, is LOCAL_ACTOR.
 */
const { LOCAL_PDS = "", LOCAL_APPVIEW = "", LOCAL_PLC = "", LOCAL_ACTOR = "" } = process.env;

/** Stands for a service of somebody's own. */
const ownService = http.createServer((request, response) => {
  response.setHeader("content-type", "application/json").end(JSON.stringify({ asked: request.url }));
});

/** A directory in which everybody lives at `pds.example.com`. */
const directory = http.createServer((request, response) => {
  const id = decodeURIComponent((request.url ?? "/").slice(1));
  const service = [
    { id: "#atproto_pds", type: "AtprotoPersonalDataServer", serviceEndpoint: "https://pds.example.com" },
  ];
  response.setHeader("content-type", "application/json").end(JSON.stringify({ id, service }));
});
for (const server of [ownService, directory]) {
  server.on("connection", (socket) => socket.unref());
  server.listen(0, "127.0.0.1").unref();
}

const video = await startVideoService({ plc: LOCAL_PLC, did: "did:web:video.bsky.app" });
video.jobs.atOnce = true;
video.unref();

const urlOf = (server: http.Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const localOf = (host: string): string => {
  switch (host) {
    case "public.api.bsky.app":
      return LOCAL_APPVIEW;
    case "pds.example.com":
    case "bsky.social":
    case "bsky.network":
      return LOCAL_PDS;
    case "video.bsky.app":
      return video.url;
    case "plc.directory":
      return urlOf(directory);
    case "example.com":
      return urlOf(ownService);
    default:
      throw new Error(`The program asked ${host}, which has no local stand-in.`);
  }
};

type Listener = (message: http.IncomingMessage) => void;

https.request = ((options: http.RequestOptions, listener: Listener) => {
  const { protocol, hostname, port } = new URL(localOf(options.hostname ?? options.host ?? ""));
  const path = options.path?.replaceAll("actor=bsky.app", `actor=${LOCAL_ACTOR}`);
  // WebSockets bring their own TLS connection.
  const { createConnection: _, ...plain } = options;
  return http.request({ ...plain, protocol, host: hostname, hostname, port, path, agent: http.globalAgent }, listener);
}) as typeof https.request;
