/** The part of a test runner the suites use; vitest's fulfils it, and so do others of its kind. */
export interface TestRunner {
  /** Groups tests */
  readonly describe: (name: string, body: () => void) => unknown;
  /** Declares a test */
  readonly test: (name: string, body: () => Promise<void> | void) => unknown;
  /** Begins an assertion */
  readonly expect: (value: unknown) => Expectation;
}

interface Expectation {
  toBe(expected: unknown): void;
  toEqual(expected: unknown): void;
  toMatchObject(expected: object): void;
  toBeGreaterThan(expected: number): void;
  toBeUndefined(): void;
}
