interface Node<T> {
  value: T | undefined;
  children: Map<string, Node<T>> | undefined;
}

/** Values by path, so that everything below a directory is found without looking at anything else. */
export class PathTree<T> {
  readonly #root: Node<T> = { value: undefined, children: undefined };
  #size = 0;

  /** Number of values. */
  get size(): number {
    return this.#size;
  }

  get(path: string): T | undefined {
    return this.#node(path)?.value;
  }

  set(path: string, value: T): void {
    let node = this.#root;
    for (const segment of segments(path)) {
      node.children ??= new Map();
      let next = node.children.get(segment);
      if (next === undefined) {
        next = { value: undefined, children: undefined };
        node.children.set(segment, next);
      }
      node = next;
    }
    if (node.value === undefined) this.#size++;
    node.value = value;
  }

  delete(path: string): void {
    const trail: { parent: Node<T>; name: string }[] = [];
    let node: Node<T> = this.#root;
    for (const name of segments(path)) {
      const next = node.children?.get(name);
      if (next === undefined) return;
      trail.push({ parent: node, name });
      node = next;
    }
    if (node.value !== undefined) this.#size--;
    node.value = undefined;
    for (const { parent, name } of trail.reverse()) {
      const child = parent.children!.get(name)!;
      if (child.value !== undefined || (child.children?.size ?? 0) > 0) return;
      parent.children!.delete(name);
    }
  }

  /** Names directly below `path` that have a value at or below them. */
  names(path: string): readonly string[] {
    return [...(this.#node(path)?.children?.keys() ?? [])];
  }

  /** Values at `path` and below it. */
  *under(path: string): Iterable<T> {
    const start = this.#node(path);
    if (start === undefined) return;
    const open = [start];
    while (open.length > 0) {
      const node = open.pop()!;
      if (node.value !== undefined) yield node.value;
      if (node.children !== undefined) open.push(...node.children.values());
    }
  }

  #node(path: string): Node<T> | undefined {
    let node: Node<T> | undefined = this.#root;
    for (const segment of segments(path)) {
      node = node?.children?.get(segment);
      if (node === undefined) return undefined;
    }
    return node;
  }
}

function segments(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '');
}
