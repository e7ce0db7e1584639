import { join, relative } from "node:path";
import type {
  ClassDeclaration,
  ExportedDeclarations,
  GetAccessorDeclaration,
  MethodDeclaration,
  PropertyDeclaration,
  Symbol as TypeSymbol,
} from "ts-morph";
import { Node, Project } from "ts-morph";

/** A member of something public: a property, method, accessor or constructor. */
export interface Member {
  readonly name: string;
  /** As it is declared, without its body; each overload on its own */
  readonly signatures: readonly string[];
  /** What its docstring says; empty if it has none */
  readonly text: string;
  readonly tags: readonly Tag[];
}

export interface Tag {
  /** `throws`, `example`, `param` … */
  readonly name: string;
  readonly text: string;
}

export interface PublicName extends Member {
  readonly kind: "class" | "interface" | "type" | "function" | "value";
  /** Path from the root of the project, and line */
  readonly place: string;
  readonly members: readonly Member[];
}

const root = join(import.meta.dirname, "..");

/** What users import, and the file behind it. */
export const entryPoints = {
  skylex: "src/index.ts",
  "skylex/testing": "src/testing/index.ts",
  "skylex/runtime": "src/runtime.ts",
} as const;

/** Everything that people wrote of what the entry points export: what is generated has the descriptions of the lexicons. */
export function readEntryPoints(): ReadonlyMap<string, readonly PublicName[]> {
  const project = new Project({ tsConfigFilePath: join(root, "tsconfig.json"), skipAddingFilesFromTsConfig: true });
  const files = Object.entries(entryPoints).map(
    ([entry, path]) => [entry, project.addSourceFileAtPath(join(root, path))] as const,
  );
  project.resolveSourceFileDependencies();
  return new Map(
    files.map(([entry, file]) => {
      const exported = file.getExportedDeclarations();
      const names = [...exported].flatMap(([name, declarations]) => {
        const [first] = declarations;
        return first !== undefined && isOurs(first) ? [publicName(name, declarations, new Set(exported.keys()))] : [];
      });
      return [entry, names.toSorted((one, other) => (one.name < other.name ? -1 : 1))];
    }),
  );
}

const placeOf = (node: Node): string => relative(root, node.getSourceFile().getFilePath());
const isOurs = (node: Node): boolean => placeOf(node).startsWith("src/");

function publicName(name: string, all: readonly ExportedDeclarations[], exported: ReadonlySet<string>): PublicName {
  const node = all[0] as ExportedDeclarations;
  const place = `${placeOf(node)}:${node.getStartLineNumber()}`;
  const documented = Node.isVariableDeclaration(node) ? node.getVariableStatementOrThrow() : node;
  const base = { name, place, ...docsOf([documented, ...all]) };
  if (Node.isClassDeclaration(node)) {
    return { ...base, kind: "class", signatures: [headOf(node)], members: classMembers(node, exported) };
  }
  if (Node.isInterfaceDeclaration(node)) {
    return { ...base, kind: "interface", signatures: [headOf(node)], members: typeMembers(node) };
  }
  if (Node.isTypeAliasDeclaration(node)) {
    const isObject = node.getType().isObject() && node.getType().getCallSignatures().length === 0;
    return { ...base, kind: "type", signatures: [node.getText()], members: isObject ? typeMembers(node) : [] };
  }
  const kind = Node.isFunctionDeclaration(node) ? "function" : "value";
  return { ...base, kind, signatures: all.map(withoutBody), members: [] };
}

/** `class A extends B` without what stands in its braces. */
const headOf = (node: Node): string => node.getText().slice(0, node.getText().indexOf("{")).trim();

function withoutBody(node: Node): string {
  if (Node.isVariableDeclaration(node)) {
    return `const ${node.getName()}: ${node.getTypeNode()?.getText() ?? node.getType().getText(node)}`;
  }
  const text = node.getText();
  const body = Node.isBodyable(node) || Node.isBodied(node) ? node.getBody() : undefined;
  return (body === undefined ? text : text.slice(0, body.getPos() - node.getStart())).replace(/^async /, "").trim();
}

function docsOf(nodes: readonly Node[]): { readonly text: string; readonly tags: readonly Tag[] } {
  const docs = [...new Set(nodes)].flatMap((node) => (Node.isJSDocable(node) ? node.getJsDocs() : []));
  const tags = docs.flatMap((doc) =>
    doc.getTags().map((tag) => ({
      name: tag.getTagName(),
      text: tag
        .getText()
        .replace(/^@\w+\s*/, "")
        .replaceAll(/^\s*\* ?/gm, "")
        .trim(),
    })),
  );
  return { text: docs.map((doc) => doc.getDescription().trim()).join("\n\n"), tags };
}

/** Members of a class and of the classes that it extends, as long as those are not public themselves. */
function classMembers(node: ClassDeclaration, exported: ReadonlySet<string>): readonly Member[] {
  const constructors = node
    .getConstructors()
    .flatMap((own) => (own.getOverloads().length > 0 ? own.getOverloads() : [own]));
  const own = [...node.getInstanceMembers(), ...node.getStaticMembers()].filter(isPublic);
  const members = own.map((member) => {
    const overloads = Node.isMethodDeclaration(member) ? member.getOverloads() : [];
    const declared = overloads.length > 0 ? overloads : [member];
    return { name: member.getName(), signatures: declared.map(withoutBody), ...docsOf([member, ...overloads]) };
  });
  const base = node.getBaseClass();
  const inherited =
    base !== undefined && isOurs(base) && !exported.has(base.getName() ?? "") ? classMembers(base, exported) : [];
  return [
    ...constructors.map((one) => ({ name: "constructor", signatures: [withoutBody(one)], ...docsOf([one]) })),
    ...members,
    ...inherited,
  ];
}

/** Neither hidden, nor known from a base class, nor found by a symbol alone. */
const isPublic = (member: Node): member is PropertyDeclaration | MethodDeclaration | GetAccessorDeclaration =>
  (Node.isPropertyDeclaration(member) || Node.isMethodDeclaration(member) || Node.isGetAccessorDeclaration(member)) &&
  !/^[#[]/.test(member.getName()) &&
  !["private", "protected", "override"].some((modifier) =>
    member.getModifiers().some((own) => own.getText() === modifier),
  );

/** Members of an object type, whatever it is put together from. */
function typeMembers(node: Node): readonly Member[] {
  return node
    .getType()
    .getProperties()
    .flatMap((property: TypeSymbol) => {
      const declarations = property.getDeclarations().filter(isOurs);
      if (declarations.length === 0 || property.getName().startsWith("__@")) return [];
      return [{ name: property.getName(), signatures: declarations.map(withoutBody), ...docsOf(declarations) }];
    });
}
