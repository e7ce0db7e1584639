/** Numbers of the media room that no lexicon states. */
export const limits = {
  /** Bytes of a picture before it is made to fit. The photos of 200-megapixel phones have up to about 80 MB */
  imageInput: 100_000_000,
  /** Bytes of what is downloaded from a URL, unless its use says otherwise */
  download: 100_000_000,
  /** Milliseconds a download may take */
  downloadTimeout: 60_000,
  /** Redirects that are followed, as browsers do: https://fetch.spec.whatwg.org/#http-redirect-fetch */
  redirects: 20,
  /** Bytes read at a time from files */
  chunk: 65_536,
} as const;
