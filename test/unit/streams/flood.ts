// A server that sends as fast as its socket takes it, and tells on stdout how many bytes it got rid of.
import { identity, startSocketServer } from "./socket-server.ts";

const PADDING = 10_000;

const server = await startSocketServer(({ socket }) => {
  let seq = 0;
  let sent = 0;
  const more = (): void => {
    const bytes = identity(++seq, `did:plc:${"x".repeat(PADDING)}`);
    socket.send(bytes, (error) => {
      if (error) return;
      sent += bytes.length;
      if (seq % 100 === 0) process.stdout.write(`sent ${sent}\n`);
      setImmediate(more);
    });
  };
  more();
});
process.stdout.write(`url ${server.url}\n`);
