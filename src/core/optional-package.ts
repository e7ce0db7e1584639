/** Packages that may be left out (`npm install --omit=optional`), in the versions that fit. A test compares them with package.json. */
export const optionalPackages = {
  "@mikro-orm/postgresql": "7.2.1",
  "fluent-ffmpeg": "2.1.3",
  sharp: "0.35.5",
} as const;

/** A package was left out, or has no binary for this platform. Never leaves the room that needs it: it becomes that room's error. */
export class MissingPackage extends Error {
  constructor(name: keyof typeof optionalPackages, purpose: string, cause: unknown) {
    super(
      `${purpose} needs the package ${name}, which is optional and cannot be loaded here. Install it: ` +
        `npm install ${name}@${optionalPackages[name]} --include=optional`,
      { cause },
    );
  }
}

/**
 * For the `catch` of an import that may fail, by which bundlers, too, see that it may.
 *
 * @param purpose what it is needed for, as the subject of a sentence
 * @throws MissingPackage with the command that installs it
 */
export const leftOut =
  (name: keyof typeof optionalPackages, purpose: string) =>
  (cause: unknown): never => {
    throw new MissingPackage(name, purpose, cause);
  };
