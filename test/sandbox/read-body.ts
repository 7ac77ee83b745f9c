import * as z from "zod/mini";

/**
 * Reads the body of a call to the control port.
 * @throws Error that names each wrong member and what is allowed, for whoever called
 */
export function readBody<Value>(body: Buffer, schema: z.ZodMiniType<Value>): Value {
  const parsed = schema.safeParse(parseJson(body.toString("utf8")), { error: ruleOf });
  if (parsed.success) return parsed.data;
  throw new Error(parsed.error.issues.map(({ path, message }) => `${printPath(path)} ${message}.`).join(" "));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`The body is not JSON: ${error instanceof Error ? error.message : "unreadable"}.`, {
      cause: error,
    });
  }
}

function printPath(path: readonly PropertyKey[]): string {
  return path.length === 0 ? "The body" : path.map(String).join(".");
}

function ruleOf(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case "unrecognized_keys":
      return `has no member ${list(issue.keys)}, but may have ${list(membersOf(issue.inst))}`;
    case "invalid_union":
      return `must be one of ${list(issue["options"])}`;
    case "invalid_value":
      return issue.values.length === 1 ? `must be ${list(issue.values)}` : `must be one of ${list(issue.values)}`;
    case "invalid_type": {
      const rule = `must be ${issue.expected === "int" ? "a whole number" : `of type ${issue.expected}`}`;
      return issue.input === undefined ? `is missing and ${rule}` : rule;
    }
    case "too_small":
      return `must be ${issue.inclusive === false ? "above" : "at least"} ${issue.minimum}`;
    case "too_big":
      return `must be at most ${issue.maximum}`;
    default:
      return "has a character that is not allowed";
  }
}

function membersOf(schema: unknown): readonly string[] {
  return schema instanceof z.ZodMiniObject ? Object.keys(schema.shape) : [];
}

function list(values: unknown): string {
  return Array.isArray(values) ? values.map(String).join(", ") : "the documented values";
}
