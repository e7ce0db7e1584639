/** Sends every connection the same frames, as fast as it takes them. Prints its URL. */
import { WebSocketServer } from "ws";
import { frames } from "./frames.mjs";

const all = frames(Number(process.argv[2]));
const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });
server.on("connection", (socket) => {
  let next = 0;
  const more = () => {
    while (next < all.length && socket.bufferedAmount < 1_000_000) socket.send(all[next++]);
    if (next < all.length && socket.readyState === socket.OPEN) setImmediate(more);
  };
  more();
});
server.on("listening", () => process.stdout.write(`ws://127.0.0.1:${server.address().port}\n`));
process.stdin.on("end", () => process.exit()).resume();
