import { crc32, deflateSync } from "node:zlib";

function chunk(type: string, body: Buffer): Buffer {
  const content = Buffer.concat([Buffer.from(type, "latin1"), body]);
  const numbers = Buffer.alloc(8);
  numbers.writeUInt32BE(body.length);
  numbers.writeUInt32BE(crc32(content), 4);
  return Buffer.concat([numbers.subarray(0, 4), content, numbers.subarray(4)]);
}

/** A black PNG of many pixels, 1 bit each, and few bytes. */
export function blackPng(side: number, interlaced: boolean): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side);
  header.writeUInt32BE(side, 4);
  header[8] = 1;
  header[12] = interlaced ? 1 : 0;
  const rows = Buffer.alloc(side * (Math.ceil(side / 8) + 2) + 64 * side);
  const parts = [chunk("IHDR", header), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))];
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), ...parts]);
}

/** A GIF whose frames repeat the first so many times. */
export function longGif(gif: Buffer, times: number): Buffer {
  const start = gif.indexOf(Buffer.from([0x21, 0xf9]));
  const frames = gif.subarray(start, -1);
  return Buffer.concat([gif.subarray(0, start), ...Array.from({ length: times }, () => frames), gif.subarray(-1)]);
}
