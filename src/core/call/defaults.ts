/** What an object says. A member that is `undefined` says nothing, and hides nothing that others say. */
export const given = <Options extends object>(options: Options): Given<Options> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Given<Options>;

type Given<Options> = { [Name in keyof Options]?: Exclude<Options[Name], undefined> };

/** Numbers the runtime falls back on. Durations in milliseconds. */
export const defaults = {
  /** Above the 10 s a feed can take and below the minute after which gateways answer 504 */
  attemptTimeout: 30_000,
  /** Four attempts with their waits */
  timeout: 120_000,
  /** A repository or a video on a slow line */
  transferTimeout: 600_000,
  /** Few retries with randomised exponential backoff, as https://atproto.com/specs/xrpc asks of clients */
  retry: { attempts: 4, baseDelay: 500, maxDelay: 8_000, maxWait: 60_000 },
  /** Bytes of a JSON response; the largest of the official services have a few million */
  maxJsonBytes: 64 * 1024 * 1024,
  /** Bytes of other responses: videos and whole repositories */
  maxBinaryBytes: 1024 * 1024 * 1024,
  /** Characters of a failed answer's body that an error keeps */
  errorBodyLength: 16_384,
} as const;
