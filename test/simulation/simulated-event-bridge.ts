import { EventBridgeClient, EventBridgeServiceException, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import type { PutEventsCommandInput, PutEventsCommandOutput, PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import { isDown } from "./fault-plan.ts";
import type { Process } from "./process.ts";
import type { Simulation } from "./simulation.ts";
import type { Variation } from "./variation.ts";

/** A client whose `send` is an in-memory event bus. The class is never constructed. */
export function createBusClient(simulation: Simulation, process: Process, variation: Variation): EventBridgeClient {
  const client = Object.create(EventBridgeClient.prototype) as EventBridgeClient;
  const send = (command: unknown, options?: { abortSignal?: AbortSignal }): Promise<PutEventsCommandOutput> => {
    if (!(command instanceof PutEventsCommand))
      throw new Error("the simulated EventBridge does not support this command");
    const answer = putEvents(command.input, options?.abortSignal, { simulation, process });
    if (variation.busAnswer === undefined) return answer;
    const entries = command.input.Entries?.length ?? 0;
    return answer.then((told) => variation.busAnswer?.(told, entries) ?? told);
  };
  Object.defineProperty(client, "send", { value: send });
  return client;
}

type BusFault =
  | "bus throttled"
  | "bus 5xx"
  | "time-out"
  | "answer lost"
  | "partly refused"
  | "wholly refused"
  | "short answer";

const faults: readonly BusFault[] = [
  "bus throttled",
  "bus 5xx",
  "time-out",
  "answer lost",
  "partly refused",
  "partly refused",
  "wholly refused",
  "short answer",
];

interface World {
  readonly simulation: Simulation;
  readonly process: Process;
}

function drawFault({ random, faultPlan, timeline }: Simulation): BusFault | null {
  if (timeline.now() >= faultPlan.faultFreeFromMs) return null;
  if (isDown(faultPlan, "bus", timeline.now())) return "bus 5xx";
  return random.happens(faultPlan.busFaults) ? random.pick(faults) : null;
}

function putEvents(
  { Entries = [] }: PutEventsCommandInput,
  signal: AbortSignal | undefined,
  { simulation, process }: World,
): Promise<PutEventsCommandOutput> {
  const { random, timeline, story, witness } = simulation;
  const fault = drawFault(simulation);
  return process.call({
    kind: "bus.publish",
    target: targetOf(Entries[0]),
    latencyMs: fault === "time-out" ? 10_000 : random.int(5, 60),
    signal,
    effect() {
      if (Entries.reduce((sum, { Detail = "" }) => sum + Detail.length, 0) > largestCallBytes) throw tooLarge();
      const accepted = Entries.map(() => isAccepted(fault, random.next()));
      if (story !== undefined) {
        const taken = accepted.filter(Boolean).length;
        const effect = `${taken} of ${Entries.length} on the bus`;
        story.tell(timeline.now(), { actor: process.name, action: "puts events", fault, effect });
      }
      const results = Entries.map((entry, index) => {
        if (!accepted[index]) return { ErrorCode: "ThrottlingException", ErrorMessage: "simulated" };
        witness.published(entry, process);
        return { EventId: `bus-${random.nonce()}` };
      });
      if (fault === "time-out" || fault === "answer lost") throw named("TimeoutError");
      if (fault === "bus throttled" || fault === "bus 5xx") throw serviceError(fault);
      const told = fault === "short answer" ? results.slice(0, random.int(0, results.length)) : results;
      return { Entries: told, FailedEntryCount: told.filter((one) => "ErrorCode" in one).length, $metadata: {} };
    },
  });
}

/** @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html */
const largestCallBytes = 1_000_000;

function tooLarge(): Error {
  return new EventBridgeServiceException({
    name: "ValidationException",
    $fault: "client",
    $metadata: {},
    message: "simulated",
  });
}

function isAccepted(fault: BusFault | null, random: number): boolean {
  switch (fault) {
    case null:
    case "answer lost":
      return true;
    case "short answer":
    case "partly refused":
      return random < 0.5;
    default:
      return false;
  }
}

function named(name: string): Error {
  const error = new Error(`simulated ${name}`);
  error.name = name;
  return error;
}

function serviceError(fault: "bus throttled" | "bus 5xx"): Error {
  const throttled = fault === "bus throttled";
  return new EventBridgeServiceException({
    name: throttled ? "ThrottlingException" : "InternalException",
    $fault: throttled ? "client" : "server",
    $metadata: {},
    message: "simulated",
  });
}

function targetOf(entry: PutEventsRequestEntry | undefined): string {
  const [connection, region] = /"subject":"([^"]*)"/.exec(entry?.Detail ?? "")?.[1]?.split(":") ?? [];
  return `${connection}:${region}`;
}
