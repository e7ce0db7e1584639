import sharp from "sharp";

/**
 * How the official app makes a picture fit: a binary search of the quality, every try from the source; where not even a quality of 13 fits,
 * again with four fifths of the pixels. `compressImage` in src/state/gallery.ts of https://github.com/bluesky-social/social-app, which
 * encodes WebP; its earlier releases encoded JPEG. Here with the encoders that skylex has.
 */
export async function binarySearch(source, { format, edge, limit }) {
  let [low, high, longest] = [0, 101, edge];
  let found;
  let encodes = 0;
  for (let attempts = 0; high - low > 1 && attempts < 4;) {
    const quality = Math.round((low + high) / 2);
    if (quality <= 13) {
      [low, high] = [0, 101];
      longest = Math.floor(longest * 0.8);
      attempts++;
      continue;
    }
    const data = await sharp(source)
      .autoOrient()
      .resize(longest, longest, { fit: "inside", withoutEnlargement: true })
      .toFormat(format, { quality })
      .toBuffer();
    encodes++;
    if (data.length <= limit) {
      low = quality;
      found = data;
    } else {
      high = quality;
    }
  }
  if (found === undefined) throw new Error("the binary search found nothing that fits");
  return { data: found, encodes };
}
