/** Small and fast generator of random numbers, the same on every machine: mulberry32. */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface PhotoOptions {
  readonly width: number;
  readonly height: number;
  readonly seed?: number;
  /** Standard deviation of the sensor's noise, of 255. Default 3 */
  readonly noise?: number;
}

/**
 * RGB pixels with the statistics of a photo: discs that hide each other, of sizes that follow a power law, each with a gradient of its
 * own, and sensor noise. The dead leaves model: edges, flat places and texture at every scale.
 */
export function photo({ width, height, seed = 1, noise = 3 }: PhotoOptions): Buffer {
  const random = randomNumbers(seed);
  const data = Buffer.alloc(width * height * 3);
  const smallest = Math.max(2, Math.hypot(width, height) / 400);
  const largest = Math.hypot(width, height) / 3;
  // Largest first, so that all sizes stay visible.
  const count = Math.round((width * height) / (smallest * smallest * 20));
  const radii = Array.from(
    { length: count },
    () => smallest / Math.sqrt(random() * (1 - (smallest / largest) ** 2) + (smallest / largest) ** 2),
  );
  for (const radius of [largest * 3, ...radii.toSorted((a, b) => b - a)]) {
    const x0 = random() * width;
    const y0 = random() * height;
    const colour = [random(), random(), random()].map((one) => 30 + 195 * (0.6 * one + 0.4 * random()));
    const slope = [(random() - 0.5) * 60, (random() - 0.5) * 60];
    const top = Math.max(0, Math.ceil(y0 - radius));
    const bottom = Math.min(height - 1, Math.floor(y0 + radius));
    for (let y = top; y <= bottom; y++) {
      const half = Math.sqrt(radius * radius - (y - y0) ** 2);
      const right = Math.min(width - 1, Math.floor(x0 + half));
      for (let x = Math.max(0, Math.ceil(x0 - half)); x <= right; x++) {
        const shade = ((x - x0) * (slope[0] as number) + (y - y0) * (slope[1] as number)) / radius;
        const at = (y * width + x) * 3;
        for (let channel = 0; channel < 3; channel++) data[at + channel] = clamp((colour[channel] as number) + shade);
      }
    }
  }
  if (noise > 0) addNoise(data, noise, random);
  return data;
}

/** The sum of three uniform numbers is near enough to a normal one. */
function addNoise(data: Buffer, deviation: number, random: () => number): void {
  for (let at = 0; at < data.length; at++) {
    data[at] = clamp((data[at] as number) + (random() + random() + random() - 1.5) * 2 * deviation);
  }
}

const clamp = (value: number): number => Math.max(0, Math.min(255, Math.round(value)));

/** RGB pixels of a screen: windows, bars and lines of text-like marks, in few colours. */
export function screenshot({ width, height, seed = 1 }: PhotoOptions): Buffer {
  const random = randomNumbers(seed);
  const data = Buffer.alloc(width * height * 3, 250);
  const fill = (x: number, y: number, w: number, h: number, colour: readonly number[]): void => {
    for (let row = Math.max(0, y); row < Math.min(height, y + h); row++) {
      for (let column = Math.max(0, x); column < Math.min(width, x + w); column++)
        data.set(colour, (row * width + column) * 3);
    }
  };
  const whole = (most: number): number => Math.floor(random() * most);
  for (let window = 0; window < 8; window++) {
    const [x, y, w, h] = [whole(width * 0.8), whole(height * 0.8), 200 + whole(width / 3), 150 + whole(height / 3)];
    fill(x, y, w, h, [240 + whole(15), 240 + whole(15), 240 + whole(15)]);
    fill(x, y, w, 24, [whole(120), whole(120), 120 + whole(120)]);
    for (let line = y + 32; line < y + h - 12; line += 16) {
      for (let at = x + 8; at < x + w - 40 - whole(w / 3);) {
        const letter = 2 + whole(7);
        fill(at, line + whole(3), 2, 10 - whole(4), [30, 30, 30]);
        fill(at, line + 4 + whole(4), letter, 2, [30, 30, 30]);
        at += letter + 2 + (random() < 0.15 ? 6 : 0);
      }
    }
  }
  return data;
}
