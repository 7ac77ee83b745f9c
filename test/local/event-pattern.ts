/**
 * EventBridge event patterns, limited to what the rules of local mode use.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */

export type EventMatcher = (event: unknown) => boolean;

type Leaf = string | number | boolean | null;
type LeafTest = (leaves: readonly Leaf[]) => boolean;

/** A pattern with an unsupported operator. Ignoring it would match more than the rule says. */
class EventPatternError extends Error {
  override readonly name = "EventPatternError";
}

/** Compiles a pattern once. Throws `EventPatternError` with the path of whatever is unsupported. */
export function compileEventPattern(pattern: unknown): EventMatcher {
  return compileFields(pattern, "pattern");
}

function compileFields(pattern: unknown, path: string): EventMatcher {
  if (!isRecord(pattern) || Object.keys(pattern).length === 0) refuse(path, "is not an object with fields");
  const fields = Object.entries(pattern).map(([name, value]) => compileField(name, value, `${path}.${name}`));
  return (event) => {
    // An array of objects matches if one of its objects matches the whole nested pattern.
    if (Array.isArray(event)) return event.some((element) => fields.every((field) => field(element)));
    return fields.every((field) => field(event));
  };
}

function compileField(name: string, value: unknown, path: string): EventMatcher {
  if (name === "$or") return compileOr(value, path);
  if (name.startsWith("$")) refuse(path, "is an operator that is not supported");
  if (!Array.isArray(value)) {
    const nested = compileFields(value, path);
    return (event) => nested(fieldOf(event, name));
  }
  if (value.length === 0) refuse(path, "is an empty list, which matches nothing");
  const tests = value.map((alternative, index) => compileAlternative(alternative, `${path}[${index}]`));
  return (event) => {
    const leaves = leavesOf(fieldOf(event, name));
    return tests.some((test) => test(leaves));
  };
}

/** One of several patterns for the same object. Fields beside it must match as well. */
function compileOr(patterns: unknown, path: string): EventMatcher {
  if (!Array.isArray(patterns) || patterns.length < 2) refuse(path, "takes a list of two or more patterns");
  const matchers = patterns.map((pattern: unknown, index) => compileFields(pattern, `${path}[${index}]`));
  return (event) => matchers.some((matches) => matches(event));
}

function compileAlternative(alternative: unknown, path: string): LeafTest {
  if (isLeaf(alternative)) return (leaves) => leaves.includes(alternative);
  if (!isRecord(alternative)) refuse(path, "is neither a value nor an operator");
  const [operator, operand, ...rest] = Object.entries(alternative).flat();
  if (typeof operator !== "string" || rest.length > 0) refuse(path, "must hold exactly one operator");
  if (operator === "exists") {
    if (typeof operand !== "boolean") refuse(path, "exists takes true or false");
    return (leaves) => leaves.length > 0 === operand;
  }
  const test = compileOperator(operator, operand, path);
  return (leaves) => leaves.some(test);
}

function compileOperator(operator: string, operand: unknown, path: string): (leaf: Leaf) => boolean {
  switch (operator) {
    case "prefix":
    case "suffix":
    case "equals-ignore-case":
      return compileText(operator, operand, path);
    case "numeric":
      return compileNumeric(operand, path);
    case "anything-but":
      return compileAnythingBut(operand, path);
    default:
      return refuse(path, `uses the operator ${operator}, which is not supported`);
  }
}

function compileText(operator: "prefix" | "suffix" | "equals-ignore-case", operand: unknown, path: string) {
  if (operator !== "equals-ignore-case" && isRecord(operand)) {
    const { "equals-ignore-case": text, ...rest } = operand;
    if (typeof text !== "string" || Object.keys(rest).length > 0) refuse(path, `${operator} takes a text`);
    return (leaf: Leaf) => typeof leaf === "string" && compareText(operator, leaf.toLowerCase(), text.toLowerCase());
  }
  if (typeof operand !== "string") refuse(path, `${operator} takes a text`);
  if (operator === "equals-ignore-case") {
    return (leaf: Leaf) => typeof leaf === "string" && leaf.toLowerCase() === operand.toLowerCase();
  }
  return (leaf: Leaf) => typeof leaf === "string" && compareText(operator, leaf, operand);
}

function compareText(operator: "prefix" | "suffix", text: string, part: string): boolean {
  return operator === "prefix" ? text.startsWith(part) : text.endsWith(part);
}

function compileNumeric(operand: unknown, path: string): (leaf: Leaf) => boolean {
  if (!Array.isArray(operand) || (operand.length !== 2 && operand.length !== 4)) {
    refuse(path, "numeric takes one or two comparisons");
  }
  const parts: readonly unknown[] = operand;
  const tests: ((value: number) => boolean)[] = [];
  for (let index = 0; index < parts.length; index += 2) tests.push(comparison(parts[index], parts[index + 1], path));
  return (leaf) => typeof leaf === "number" && tests.every((test) => test(leaf));
}

function comparison(sign: unknown, bound: unknown, path: string): (value: number) => boolean {
  if (typeof bound !== "number") return refuse(path, "numeric compares with numbers");
  switch (sign) {
    case "=":
      return (value) => value === bound;
    case "<":
      return (value) => value < bound;
    case "<=":
      return (value) => value <= bound;
    case ">":
      return (value) => value > bound;
    case ">=":
      return (value) => value >= bound;
    default:
      return refuse(path, "numeric knows = < <= > >= only");
  }
}

function compileAnythingBut(operand: unknown, path: string): (leaf: Leaf) => boolean {
  if (isRecord(operand)) {
    const [operator, value, ...rest] = Object.entries(operand).flat();
    const isText = operator === "prefix" || operator === "suffix" || operator === "equals-ignore-case";
    if (!isText || rest.length > 0) refuse(path, "anything-but does not know this operator");
    const tests = (Array.isArray(value) ? value : [value]).map((part) => compileText(operator, part, path));
    return (leaf) => !tests.some((test) => test(leaf));
  }
  const values = new Set<unknown>(Array.isArray(operand) ? operand : [operand]);
  const kinds = new Set([...values].map((value) => typeof value));
  const isOneKind = kinds.size === 1 && (kinds.has("string") || kinds.has("number"));
  if (!isOneKind) refuse(path, "anything-but takes texts or numbers, not both");
  return (leaf) => !values.has(leaf);
}

/** Operators apply to leaves only. Objects, empty lists, and missing fields have none. */
function leavesOf(value: unknown): readonly Leaf[] {
  return (Array.isArray(value) ? value : [value]).filter(isLeaf);
}

function fieldOf(event: unknown, name: string): unknown {
  return isRecord(event) && Object.hasOwn(event, name) ? event[name] : undefined;
}

function isLeaf(value: unknown): value is Leaf {
  return value === null || ["string", "number", "boolean"].includes(typeof value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refuse(path: string, problem: string): never {
  throw new EventPatternError(`${path} ${problem}`);
}
