import { isDeepStrictEqual } from "node:util";
import * as z from "zod/mini";
import { Definition } from "./emulated-resources.ts";
import type { EmulatedResources, Resource } from "./emulated-resources.ts";

const Template = z.looseObject({ Resources: z.record(z.string(), Definition) });

interface StackEvent {
  readonly id: string;
  readonly logicalId: string;
  readonly type: string;
  readonly status: string;
  readonly reason: string;
}

export interface Stack {
  readonly name: string;
  readonly id: string;
  status: string;
  /** As it was sent. */
  body: string;
  definitions: Record<string, Definition>;
  /** By logical id. */
  readonly resources: Map<string, Resource>;
  readonly events: StackEvent[];
  pending: string | undefined;
}

/** An error that CloudFormation answers a call with. */
export class ValidationError extends Error {}

/**
 * CloudFormation as far as deployments need it: change sets, creation by name, retained resources, and rollback. Every
 * operation ends before its call is answered.
 */
export class EmulatedStacks {
  readonly #resources: EmulatedResources;
  readonly #stacks = new Map<string, Stack>();
  /** What the operations did, such as `create AWS::DynamoDB::Table image-tasks-dev`. */
  readonly actions: string[] = [];

  constructor(resources: EmulatedResources) {
    this.#resources = resources;
  }

  /** @param name or the id of the stack */
  get(name: string): Stack {
    const stack = this.#stacks.get(name.replace(/^.*:stack\/([^/]+)\/.*$/, "$1"));
    if (stack === undefined) throw new ValidationError(`Stack with id ${name} does not exist`);
    return stack;
  }

  all(): Stack[] {
    return [...this.#stacks.values()];
  }

  prepare(name: string, type: string, body: string): Stack {
    if (type === "CREATE" && !this.#stacks.has(name)) this.#stacks.set(name, newStack(name));
    const stack = this.get(name);
    stack.pending = body;
    return stack;
  }

  hasChanges(stack: Stack): boolean {
    return stack.pending === undefined || !isDeepStrictEqual(definitionsOf(stack.pending), stack.definitions);
  }

  execute(stack: Stack): void {
    const { pending } = stack;
    if (pending === undefined) throw new ValidationError("ChangeSet does not exist");
    const verb = stack.status === "REVIEW_IN_PROGRESS" ? "CREATE" : "UPDATE";
    report(stack, { logicalId: stack.name, status: `${verb}_IN_PROGRESS` });
    const wanted = definitionsOf(pending);
    try {
      this.#createAndChange(stack, wanted);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      report(stack, { logicalId: "LedgerTable", type: "AWS::DynamoDB::Table", status: "CREATE_FAILED", reason });
      report(stack, { logicalId: stack.name, status: "UPDATE_ROLLBACK_IN_PROGRESS", reason });
      report(stack, { logicalId: stack.name, status: "UPDATE_ROLLBACK_COMPLETE" });
      return;
    }
    for (const id of [...stack.resources.keys()].filter((one) => !(one in wanted))) this.#release(stack, id);
    stack.definitions = wanted;
    stack.body = pending;
    report(stack, { logicalId: stack.name, status: `${verb}_COMPLETE` });
  }

  delete(stack: Stack): void {
    report(stack, { logicalId: stack.name, status: "DELETE_IN_PROGRESS" });
    try {
      for (const id of stack.resources.keys()) this.#release(stack, id);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      report(stack, { logicalId: stack.name, status: "DELETE_FAILED", reason });
      return;
    }
    this.#stacks.delete(stack.name);
  }

  /** Takes back what it has created if something cannot be created. */
  #createAndChange(stack: Stack, wanted: Record<string, Definition>): void {
    const created: string[] = [];
    const done: string[] = [];
    try {
      for (const [id, definition] of Object.entries(wanted)) {
        const existing = stack.resources.get(id);
        if (existing === undefined) {
          const resource = this.#resources.create(id, definition);
          stack.resources.set(id, resource);
          created.push(id);
          done.push(`create ${resource.type} ${resource.physicalId}`);
        } else if (!isDeepStrictEqual(stack.definitions[id], definition)) {
          Object.assign(existing, { properties: definition.Properties, changedAtMs: Date.now() });
          done.push(`change ${existing.type} ${existing.physicalId}`);
        }
      }
    } catch (error) {
      for (const id of created) {
        const resource = stack.resources.get(id);
        if (resource !== undefined) this.#resources.delete({ ...resource, properties: {} });
        stack.resources.delete(id);
      }
      throw error;
    }
    this.actions.push(...done);
  }

  #release(stack: Stack, id: string): void {
    const resource = stack.resources.get(id);
    if (resource === undefined) return;
    const keeps = stack.definitions[id]?.DeletionPolicy === "Retain";
    if (!keeps) this.#resources.delete(resource);
    this.actions.push(`${keeps ? "keep" : "delete"} ${resource.type} ${resource.physicalId}`);
    stack.resources.delete(id);
  }
}

function newStack(name: string): Stack {
  const id = `arn:aws:cloudformation:us-east-1:123456789012:stack/${name}/${crypto.randomUUID()}`;
  const empty = { body: "{}", definitions: {}, resources: new Map(), events: [], pending: undefined };
  return { name, id, status: "REVIEW_IN_PROGRESS", ...empty };
}

function definitionsOf(body: string): Record<string, Definition> {
  return Template.parse(JSON.parse(body)).Resources;
}

function report(stack: Stack, event: Partial<StackEvent> & Pick<StackEvent, "logicalId" | "status">): void {
  const id = crypto.randomUUID();
  stack.events.unshift({ id, type: "AWS::CloudFormation::Stack", reason: "", ...event });
  if (event.logicalId === stack.name) stack.status = event.status;
}
