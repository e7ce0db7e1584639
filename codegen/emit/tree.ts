import type { WithMain } from "./definitions.ts";

/** A name in the tree of methods: a namespace if it has children, an endpoint or record if it has a model, or both. */
export interface TreeNode {
  /** NSID prefix: `app.bsky.feed` */
  readonly path: string;
  readonly children: Map<string, TreeNode>;
  model: WithMain | undefined;
}

export const isNamespace = (node: TreeNode): boolean => node.children.size > 0;

const newNode = (path: string): TreeNode => ({ path, children: new Map(), model: undefined });

/** Hangs every document that is a method or a record at its NSID. */
export function buildTree(models: readonly WithMain[]): TreeNode {
  const root = newNode("");
  for (const model of models) {
    let node = root;
    for (const segment of model.nsid.split(".")) {
      const path = node.path === "" ? segment : `${node.path}.${segment}`;
      const child = node.children.get(segment) ?? newNode(path);
      node.children.set(segment, child);
      node = child;
    }
    node.model = model;
  }
  return root;
}

/** Every node below one, each with the node it hangs at. */
export function* descendants(node: TreeNode): Generator<{ readonly node: TreeNode; readonly parent: TreeNode }> {
  for (const child of node.children.values()) {
    yield { node: child, parent: node };
    yield* descendants(child);
  }
}
