/** Making photos fit a post: skylex, and the binary search of the official app, on the same photos. */
import { performance } from "node:perf_hooks";
import sharp from "sharp";
import { photo } from "../../test/unit/media/photo.ts";
import { record } from "../measure/record.mjs";
import { median } from "../measure/statistics.mjs";
import { staged } from "../places.mjs";
import { table } from "../report.mjs";
import { binarySearch } from "./binary-search.mjs";
import { lumaOf, ssim } from "./ssim.mjs";

const limit = 2_000_000;
const edge = 4000;
const slot = "app.bsky.embed.images#image.image";

/** The first is the photo of a phone; the others differ in size, noise and sharpness. All are larger than a post takes. */
const photos = [
  { width: 4000, height: 3000, noise: 6, blur: 0.7 },
  ...[3, 6, 9, 12].flatMap((noise) =>
    [
      [3200, 2400],
      [4000, 2250],
      [4032, 3024],
      [3024, 4032],
      [5184, 3456],
    ].map(([width, height], index) => ({ width, height, noise, blur: 0.5 + 0.1 * ((index + noise) % 6) })),
  ),
];

async function sourceOf({ width, height, noise, blur }, index) {
  const raw = { raw: { width, height, channels: 3 } };
  const sensor = photo({ width, height, noise, seed: index + 1 });
  // A lens and what a camera does against noise.
  const seen = await sharp(sensor, raw).blur(blur).raw().toBuffer();
  for (const quality of [95, 97, 99]) {
    const source = await sharp(seen, raw).jpeg({ quality, chromaSubsampling: "4:4:4" }).toBuffer();
    if (source.length > limit * 1.1) return source;
  }
  throw new Error(`photo ${index} fits as it is`);
}

async function timed(work) {
  const cpu = process.cpuUsage();
  const begin = performance.now();
  const result = await work();
  const { user, system } = process.cpuUsage(cpu);
  return { ...result, wall: performance.now() - begin, cpu: (user + system) / 1000 };
}

const pixelsOf = (bytes, width, height) =>
  sharp(bytes).resize(width, height, { fit: "fill" }).removeAlpha().raw().toBuffer({ resolveWithObject: true });

/** Against the source at the size at which the app would show it. */
async function likeness(source, data) {
  const shown = await sharp(source)
    .resize(edge, edge, { fit: "inside", withoutEnlargement: true })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height } = shown.info;
  const { data: pixels } = await pixelsOf(data, width, height);
  return ssim(lumaOf(shown.data), lumaOf(pixels), width, height);
}

const cell = ({ wall, encodes, bytes, ssim: value }) =>
  `${Math.round(wall)} ms, ${encodes} encodes, ${Math.round(bytes / 1000)} kB, ${value.toFixed(4)}`;

export async function run() {
  const { prepareImage } = await import(staged("dist/src/index.js"));
  const ways = {
    skylex: (source) => prepareImage(source, slot),
    app: (source) => binarySearch(source, { format: "webp", edge, limit }),
    "app, earlier": (source) => binarySearch(source, { format: "jpeg", edge, limit }),
  };
  const rows = [];
  const chosen = photos.slice(0, Number(process.env.PHOTOS ?? photos.length));
  for (const [index, one] of chosen.entries()) {
    const source = await sourceOf(one, index);
    if (index === 0)
      for (const way of Object.values(ways)) await way(await sharp(source).resize(800).jpeg().toBuffer());
    const row = { photo: `${one.width} x ${one.height}, noise ${one.noise}`, bytes: source.length };
    const names = Object.keys(ways);
    for (const name of index % 2 === 0 ? names : names.toReversed()) {
      const { data, wall, cpu, encodes } = await timed(() => ways[name](source));
      row[name] = { wall, cpu, encodes, bytes: data.length, ssim: await likeness(source, data) };
    }
    record("images", row);
    rows.push(row);
    process.stderr.write(".");
  }
  const sum = (name, key) => rows.reduce((total, row) => total + row[name][key], 0);
  const mean = (name) => sum(name, "ssim") / rows.length;
  const [phone] = rows;
  return {
    what: `${rows.length} photo-like JPEGs of more than ${limit} bytes, made to fit a picture of a post (${limit} bytes, ${edge} pixels), one after the other.
"app": the official app's binary search of the quality from the source, as WebP; "earlier": the same as JPEG, as its older releases did it. SSIM of the luma
against the source at the size the app shows.`,
    tables: [
      table(
        ["photo", "skylex", "app", "app, earlier"],
        rows.map((row) => [row.photo, cell(row.skylex), cell(row.app), cell(row["app, earlier"])]),
      ),
      table(
        ["all photos", "skylex", "app", "app, earlier"],
        [
          ["seconds", ...Object.keys(ways).map((name) => (sum(name, "wall") / 1000).toFixed(1))],
          ["CPU seconds", ...Object.keys(ways).map((name) => (sum(name, "cpu") / 1000).toFixed(1))],
          ["encodes, median", ...Object.keys(ways).map((name) => median(rows.map((row) => row[name].encodes)))],
          ["SSIM, mean", ...Object.keys(ways).map((name) => mean(name).toFixed(4))],
        ],
      ),
    ],
    goals: [
      { what: "12-megapixel photo: CPU, × app", atMost: 1 / 6, measured: phone.skylex.cpu / phone.app.cpu },
      {
        what: "12-megapixel photo: 1 - SSIM, × app",
        atMost: 1,
        measured: (1 - phone.skylex.ssim) / (1 - phone.app.ssim),
      },
      { what: "all photos: CPU, × app", atMost: 1 / 6, measured: sum("skylex", "cpu") / sum("app", "cpu") },
      { what: "all photos: 1 - SSIM, × app", atMost: 1, measured: (1 - mean("skylex")) / (1 - mean("app")) },
      {
        what: "all photos: CPU, × app, earlier",
        atMost: 1,
        measured: sum("skylex", "cpu") / sum("app, earlier", "cpu"),
      },
      {
        what: "all photos: 1 - SSIM, × app, earlier",
        atMost: 1,
        measured: (1 - mean("skylex")) / (1 - mean("app, earlier")),
      },
    ],
    lost: rows.flatMap((row) =>
      row.skylex.ssim < row.app.ssim - 0.0005
        ? [
            `app, ${row.photo}: SSIM ${row.app.ssim.toFixed(4)}, skylex ${row.skylex.ssim.toFixed(4)}, in ${(row.app.cpu / row.skylex.cpu).toFixed(0)} times the CPU.`,
          ]
        : [],
    ),
  };
}
