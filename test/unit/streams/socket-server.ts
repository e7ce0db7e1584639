import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { encode } from "@atcute/cbor";
import type { WebSocket } from "ws";
import { WebSocketServer } from "ws";

export interface Connection {
  readonly socket: WebSocket;
  /** Path and query the client asked for */
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
}

export interface SocketServer {
  readonly url: string;
  /** Every connection, in order */
  readonly connections: Connection[];
  close(): Promise<void>;
}

/** A server whose connections a test holds in its hand. */
export async function startSocketServer(serve: (connection: Connection, index: number) => void): Promise<SocketServer> {
  const http = createServer((_request, response) => response.writeHead(404).end());
  const sockets = new WebSocketServer({ server: http, perMessageDeflate: false });
  const connections: Connection[] = [];
  sockets.on("connection", (socket, { url = "/", headers }) => {
    const connection = { socket, path: url, headers };
    connections.push(connection);
    serve(connection, connections.length - 1);
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    connections,
    async close() {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      http.close();
      await once(http, "close");
    },
  };
}

/** An event-stream frame: https://atproto.com/specs/event-stream#framing */
export const frame = (header: object, body: object): Uint8Array =>
  new Uint8Array(Buffer.concat([encode(header), encode(body)]));

export const message = (type: string, body: object): Uint8Array => frame({ op: 1, t: type }, body);
export const failure = (error: string, text = ""): Uint8Array => frame({ op: -1 }, { error, message: text });

export const identity = (seq: number, did = "did:plc:one"): Uint8Array =>
  message("#identity", { seq, did, time: "2026-01-01T00:00:00.000Z" });

/** The cursor a connection was asked to go on after */
export const cursorOf = ({ path }: Connection): number | undefined => {
  const cursor = new URL(path, "http://x").searchParams.get("cursor");
  return cursor === null ? undefined : Number(cursor);
};
