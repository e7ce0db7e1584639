/** Something that may not be there yet. */
export interface Later<Value> {
  /** `undefined` as long as nobody needed it */
  readonly now: Value | undefined;
  get(): Promise<Value>;
}

/** Something that is loaded when it is first needed, once for everybody. A load that failed is tried again. */
export class Lazy<Value> implements Later<Value> {
  readonly #load: () => Promise<Value>;
  #value: Value | undefined;
  #loading: Promise<Value> | undefined;

  constructor(load: () => Promise<Value>) {
    this.#load = load;
  }

  get now(): Value | undefined {
    return this.#value;
  }

  /** The load that has begun; `undefined` as long as nobody needed it */
  get begun(): Promise<Value> | undefined {
    return this.#loading;
  }

  get(): Promise<Value> {
    return (this.#loading ??= this.#load().then(
      (value) => (this.#value = value),
      (error: unknown) => {
        this.#loading = undefined;
        throw error;
      },
    ));
  }
}
