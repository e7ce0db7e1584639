import type { Issue } from "../../core/lexicon/issue.ts";
import { ValidationError } from "../../core/errors/index.ts";

/** Everything that is wrong with a post, said at once and before anything is sent. */
export class Issues {
  readonly #issues: Issue[] = [];
  readonly #within: string;

  /** @param within what comes before each path: which of several posts it is */
  constructor(within: string) {
    this.#within = within;
  }

  add(path: string, message: string): void {
    this.#issues.push({ path: this.#within + path, message });
  }

  /** @throws ValidationError if there is any */
  raise(): void {
    if (this.#issues.length === 0) return;
    const said = this.#issues.map(({ path, message }) => `${path} ${message}`).join("; ");
    throw new ValidationError(`The post cannot be sent: ${said}. Nothing was sent.`, { issues: this.#issues });
  }
}

/** @throws ValidationError */
export function refuse(path: string, message: string): never {
  // A post that is read, liked or deleted is named, not sent.
  const what = path === "post" ? "What names the post" : `The post cannot be sent: ${path}`;
  throw new ValidationError(`${what} ${message}. Nothing was sent.`, {
    issues: [{ path, message }],
  });
}
