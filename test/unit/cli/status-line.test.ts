import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { bar, StatusLine } from "../../../src/cli/terminal.ts";

function screen(isTTY: boolean) {
  let shown = "";
  const stream = new Writable({
    write(chunk, _encoding, done) {
      shown += String(chunk);
      done();
    },
  });
  return { stream: Object.assign(stream, { isTTY, columns: 20 }) as unknown as NodeJS.WriteStream, shown: () => shown };
}

test("progress takes one line of a terminal, cut to its width, and makes room for output", () => {
  const { stream, shown } = screen(true);
  const status = new StatusLine(stream, 0);
  status.show(() => `upload ${bar(0.5)}`);
  status.show(() => "x".repeat(50));
  status.clear();
  status.clear();
  expect(shown()).toBe(`\r\u001b[2Kupload ${"█".repeat(12)}\r\u001b[2K${"x".repeat(19)}\r\u001b[2K`);
});

test("nothing is shown where nobody watches, and nothing is computed for it", () => {
  const { stream, shown } = screen(false);
  const status = new StatusLine(stream, 0);
  status.show(() => {
    throw new Error("nobody asked");
  });
  status.clear();
  expect(shown()).toBe("");
});

test("a bar shows a share, and no more than all of it", () => {
  expect([bar(0, 4), bar(0.5, 4), bar(1, 4)]).toEqual(["░░░░ 0 %", "██░░ 50 %", "████ 100 %"]);
});
