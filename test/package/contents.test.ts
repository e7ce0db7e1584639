import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, inject, test } from "vitest";
import { optionalPackages } from "../../src/core/optional-package.ts";
import { root, run } from "./project.ts";

const { files, size, unpackedSize, full } = inject("package");
const installed = join(full, "node_modules/skylex");
const text = (file: string): string => readFileSync(join(installed, file), "utf8");
const below = (folder: string, ending: string): readonly string[] =>
  files.filter((file) => file.startsWith(folder) && file.endsWith(ending));

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly engines: { readonly node: string };
}
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;

describe("the tarball", () => {
  test("holds what users need and nothing else", () => {
    const expected =
      /^(?:package\.json|(?:README|CHANGELOG|SECURITY)\.md|LICENSE|dist\/.*\.(?:js|js\.map|d\.ts|d\.ts\.map|LICENSE\.txt)|dist\/sources\/src\/.*\.ts|lexicons\/(?:README\.md|manifest\.json)|lexicons\/official\/.*\.json)$/;
    expect(files.filter((file) => !expected.test(file))).toEqual([]);
    const needed = ["LICENSE", "README.md", "lexicons/manifest.json", "dist/src/index.js", "dist/src/index.d.ts"];
    for (const file of [...needed, "dist/codegen/cli.js", "dist/src/cli/main.js"]) expect(files).toContain(file);
    expect(below("lexicons/official/", ".json").length).toBeGreaterThan(380);
  });

  test.each(["README.md", "CHANGELOG.md", "SECURITY.md"].filter((file) => existsSync(join(root, file))))(
    "%s comes with it",
    (file) => expect(files).toContain(file),
  );

  test("is small", () => {
    expect(size).toBeLessThan(1_700_000);
    expect(unpackedSize).toBeLessThan(7_000_000);
    expect(files.length).toBeLessThan(1900);
  });

  test("has a map with its sources for each module, but for what is generated or only names what others have", () => {
    const modules = below("dist/", ".js");
    const mapped = modules.filter((file) => files.includes(`${file}.map`));
    expect(below("dist/", ".js.map").toSorted()).toEqual(mapped.map((file) => `${file}.map`).toSorted());
    for (const file of mapped) {
      const { sources, sourcesContent } = JSON.parse(text(`${file}.map`)) as {
        sources: readonly string[];
        sourcesContent: readonly (string | null)[];
      };
      expect([file, sources.length]).toEqual([file, sourcesContent.length]);
      const [inside, beside] = [false, true].map((isBeside) =>
        sources.filter((_, at) => (sourcesContent[at] === null) === isBeside),
      );
      expect(
        inside?.filter(
          (source) => !/^(?:\.\.\/)+(?:src|codegen|migrations|generated|node_modules\/commander)\//.test(source),
        ),
      ).toEqual([]);
      expect(beside?.filter((source) => !files.includes(join(dirname(file), source)))).toEqual([]);
      expect(text(file)).toContain("//# sourceMappingURL=");
    }
    const bare = modules.filter((file) => !mapped.includes(file));
    expect(bare.filter((file) => text(file).includes("sourceMappingURL"))).toEqual([]);
    const regions = bare.flatMap((file) => [...text(file).matchAll(/^\/\/ (\S+\.ts)$/gm)].map(([, source]) => source));
    expect(regions.filter((source) => !source?.startsWith("generated/"))).toEqual([]);
  });

  test("every module and declaration it refers to is in it", () => {
    const missing: string[] = [];
    for (const file of [...below("dist/", ".js"), ...below("dist/", ".d.ts")]) {
      for (const [, specifier = ""] of text(file).matchAll(/^(?:import|export) [^"'`;]*?from "(\.[^"]+)"/gm)) {
        const target = join(dirname(file), specifier);
        const declared = target.replace(/\.[jt]s$/, ".d.ts");
        if (!files.includes(file.endsWith(".d.ts") ? declared : target)) missing.push(`${file}: ${specifier}`);
      }
    }
    expect(missing).toEqual([]);
  });

  test("C7 every declaration but those of generated code leads editors to its source", () => {
    const declarations = below("dist/src/", ".d.ts");
    expect(declarations.length).toBeGreaterThan(100);
    expect(below("dist/", ".d.ts.map").toSorted()).toEqual(declarations.map((file) => `${file}.map`).toSorted());
    for (const file of declarations) {
      const { sources } = JSON.parse(text(`${file}.map`)) as { sources: readonly string[] };
      const places = sources.map((source) => join(dirname(file), source));
      expect(places).toEqual([`dist/sources/${file.slice("dist/".length).replace(/\.d\.ts$/, ".ts")}`]);
      expect(text(places[0] ?? "")).toBe(
        readFileSync(join(root, places[0]?.slice("dist/sources/".length) ?? ""), "utf8"),
      );
      expect(text(file)).toContain(`//# sourceMappingURL=${basename(file)}.map`);
    }
    const generated = below("dist/generated/", ".d.ts");
    expect(generated.filter((file) => text(file).includes("sourceMappingURL"))).toEqual([]);
    expect(below("dist/sources/", ".ts").length).toBe(declarations.length);
  });

  test("its declarations name no package", () => {
    const named = below("dist/", ".d.ts").flatMap((file) =>
      [...text(file).matchAll(/(?:from |import\()"([^.#"][^"]*)"/g)].map(([, name]) => `${file}: ${name}`),
    );
    expect(named).toEqual([]);
  });

  test("names no folder of the machine it was packed on", () => {
    expect(files.filter((file) => text(file).includes(root))).toEqual([]);
  });

  test("publint and attw find nothing", () => {
    // What was built just now need not be built again.
    const output = run("npm", ["run", "-s", "check:package"], root, { npm_config_ignore_scripts: "true" });
    expect(output).toContain("All good!");
  });
});

describe("what comes with it", () => {
  test("optional packages are those that errors tell how to install, in the same versions", () => {
    expect(manifest.optionalDependencies).toEqual(optionalPackages);
    for (const name of Object.keys(optionalPackages)) expect(manifest.dependencies).not.toHaveProperty(name);
  });

  test.each(Object.keys(optionalPackages))(
    "%s is imported so that bundlers take it for one that may be missing",
    (name) => {
      // The command, which nobody bundles, looks what is there.
      const modules = below("dist/", ".js").filter((file) => !file.endsWith("/doctor.js"));
      const imports = modules.flatMap((file) =>
        text(file)
          .split(`await import(${JSON.stringify(name)})`)
          .slice(1),
      );
      expect(imports.length).toBeGreaterThan(0);
      expect(imports.filter((rest) => !rest.startsWith(`.catch(leftOut(${JSON.stringify(name)}, `))).toEqual([]);
    },
  );

  test("a checkout has them all, also where npm runs on a Node that is too old for one of them", () => {
    const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as Lock;
    const skipped = Object.keys(optionalPackages).filter((name) => {
      const { engines, optional } = packages[`node_modules/${name}`] ?? { optional: true };
      return optional === true && (leastNode(engines)[0] ?? 0) > 20;
    });
    expect(skipped).toEqual([]);
  });

  test("Node is promised from the version that all packages promise", () => {
    const { packages } = JSON.parse(readFileSync(join(full, "package-lock.json"), "utf8")) as Lock;
    const least = Object.entries(packages)
      .filter(([path]) => path !== "" && path !== "node_modules/skylex")
      .map(([, { engines }]) => leastNode(engines))
      .reduce((most, one) => (compare(one, most) > 0 ? one : most));
    expect(least[0]).toBeGreaterThanOrEqual(22);
    expect(manifest.engines.node).toBe(`>=${least.join(".")}`);
  });
});

interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly engines?: { readonly node?: string }; readonly optional?: boolean }>
  >;
}

const leastNode = (engines: { readonly node?: string } = {}): readonly number[] =>
  /^>= ?([\d.]+)$/
    .exec(engines.node ?? "")?.[1]
    ?.split(".")
    .map(Number) ?? [0];

function compare(one: readonly number[], other: readonly number[]): number {
  const at = [0, 1, 2].find((index) => (one[index] ?? 0) !== (other[index] ?? 0)) ?? 0;
  return (one[at] ?? 0) - (other[at] ?? 0);
}
