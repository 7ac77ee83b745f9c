import { isDeepStrictEqual } from "node:util";
import { plainSetup } from "./hostile-setup.ts";
import { placesOf } from "./mutate.ts";
import type { HostileCase, Observation, Subject } from "./observation.ts";
import { payloadOf } from "./observation.ts";
import type { Check, Property } from "./properties.ts";

const mostTries = 300;

/** The smallest case found in some hundred tries that still violates the property. */
export async function shrink(
  subject: Subject,
  hostile: HostileCase,
  property: Property,
  check: Check,
): Promise<HostileCase> {
  let smallest = hostile;
  let tries = 0;
  async function stillWrong(candidate: HostileCase): Promise<boolean> {
    tries += 1;
    const observation: Observation = await subject.observe(candidate);
    return check(subject, observation).some((violation) => violation.property === property);
  }
  for (let smaller = true; smaller && tries < mostTries;) {
    smaller = false;
    for (const candidate of smallerCases(smallest)) {
      if (tries >= mostTries) break;
      if (!(await stillWrong(candidate))) continue;
      smallest = candidate;
      smaller = true;
      break;
    }
  }
  return smallest;
}

function* smallerCases(hostile: HostileCase): Generator<HostileCase> {
  for (const [name, plain] of Object.entries(hostile.setup === undefined ? {} : plainSetup)) {
    const setup = { ...plainSetup, ...hostile.setup, [name]: plain };
    if (!isDeepStrictEqual(setup, hostile.setup)) yield { ...hostile, setup };
  }
  for (const kind of ["list", "detail"] as const) {
    const answers = hostile[kind];
    if (answers.length > 1) yield { ...hostile, [kind]: answers.slice(0, -1) };
    for (const [index, answer] of answers.entries()) {
      const replaced = (change: Partial<typeof answer>): HostileCase => ({
        ...hostile,
        [kind]: answers.with(index, { ...answer, ...change }),
      });
      if (Object.keys(answer.headers).length > 0) yield replaced({ headers: {} });
      for (const body of smallerBodies(answer.body)) yield replaced({ body });
    }
  }
}

function* smallerBodies(body: string): Generator<string> {
  const tree = payloadOf(body);
  if (typeof tree === "string" || body.length > 100_000) {
    if (body.length > 1) yield body.slice(0, body.length >> 1);
    if (body.length > 1) yield body.slice(body.length >> 1);
    return;
  }
  const places = placesOf({ root: tree }).length;
  for (let index = 1; index < places; index += 1) {
    const holder = { root: payloadOf(body) };
    const place = placesOf(holder)[index];
    if (place === undefined) continue;
    if (Array.isArray(place.parent)) place.parent.splice(Number(place.key), 1);
    else Reflect.deleteProperty(place.parent, place.key);
    yield safeJson(holder.root) ?? body;
  }
}

/** `undefined` for what is nested deeper than the language can write. */
function safeJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
