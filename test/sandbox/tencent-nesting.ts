/** A parameter of a query or form: `Filters.0.Values.1=21` is the second value of the first filter. */
type Branch = Map<string, Branch | string>;

const maxDepth = 10;

/** Lists and objects from dotted names. `undefined` if one name contradicts another or repeats it. */
export function nestParams(pairs: Iterable<readonly [string, string]>): Readonly<Record<string, unknown>> | undefined {
  const root: Branch = new Map();
  for (const [name, value] of pairs) {
    const path = name.split(".");
    if (path.length > maxDepth || !plant(root, path, value)) return undefined;
  }
  return Object.fromEntries([...root].map(([name, child]) => [name, grown(child)]));
}

function plant(root: Branch, path: readonly string[], value: string): boolean {
  let branch = root;
  for (const step of path.slice(0, -1)) {
    const next = branch.get(step) ?? new Map<string, Branch | string>();
    if (typeof next === "string") return false;
    branch.set(step, next);
    branch = next;
  }
  const leaf = path.at(-1) ?? "";
  if (branch.has(leaf)) return false;
  branch.set(leaf, value);
  return true;
}

function grown(child: Branch | string): unknown {
  if (typeof child === "string") return child;
  const isList = [...child.keys()].every((step) => /^\d+$/.test(step));
  if (!isList) return Object.fromEntries([...child].map(([name, each]) => [name, grown(each)]));
  return [...child].sort(([left], [right]) => Number(left) - Number(right)).map(([, each]) => grown(each));
}
