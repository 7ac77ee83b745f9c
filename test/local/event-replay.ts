/**
 * StartReplay: sends events of a time span again, to all rules of their bus or to some. Each bus has one archive of the
 * same name, with the events that the endpoint remembers.
 * @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_StartReplay.html
 */
import * as z from "zod/mini";
import { parseJson } from "./event-entries.ts";
import type { DeliveredEvent } from "./event-entries.ts";

const arnPrefix = "arn:aws:events:us-east-1:000000000000";
const arnOf = (resource: string) =>
  z.string().check(z.regex(new RegExp(`^arn:aws[a-z-]*:events:[^:]*:\\d*:${resource}/.+$`)));

const StartReplayRequest = z.strictObject({
  ReplayName: z.string().check(z.regex(/^[.\-_A-Za-z0-9]{1,64}$/)),
  Description: z.optional(z.string()),
  EventSourceArn: arnOf("archive"),
  /** Epoch seconds. */
  EventStartTime: z.number(),
  EventEndTime: z.number(),
  Destination: z.strictObject({ Arn: arnOf("event-bus"), FilterArns: z.optional(z.array(arnOf("rule"))) }),
});

export interface Replay {
  readonly bus: string;
  /** Oldest first. */
  readonly events: readonly DeliveredEvent[];
  /** Names of the only rules that get them; all if `undefined`. */
  readonly rules: readonly string[] | undefined;
  readonly answer: { readonly ReplayArn: string; readonly State: "STARTING"; readonly ReplayStartTime: number };
}

export interface ReplayRefusal {
  readonly type: "ValidationException" | "ResourceNotFoundException" | "ResourceAlreadyExistsException";
  readonly message: string;
}

export interface ReplaySource {
  readonly buses: ReadonlySet<string>;
  /** A rule without a bus is on all of them. */
  readonly rules: readonly { readonly name: string; readonly bus?: string }[];
  readonly newestFirst: () => readonly DeliveredEvent[];
  readonly nowMs: number;
}

export function createReplays() {
  const names = new Set<string>();
  return {
    /** The events to deliver again, or why the call is refused. */
    start(body: string, { buses, rules, newestFirst, nowMs }: ReplaySource): Replay | ReplayRefusal {
      const parsed = StartReplayRequest.safeParse(parseJson(body));
      if (!parsed.success) return { type: "ValidationException", message: z.prettifyError(parsed.error) };
      const { ReplayName, EventSourceArn, EventStartTime, EventEndTime, Destination } = parsed.data;
      const [archive, bus] = [lastOf(EventSourceArn), lastOf(Destination.Arn)];
      if (EventStartTime >= EventEndTime) {
        return { type: "ValidationException", message: "EventStartTime must be before EventEndTime." };
      }
      if (!buses.has(archive)) {
        return { type: "ResourceNotFoundException", message: `Archive ${archive} does not exist.` };
      }
      if (bus !== archive) {
        return { type: "ValidationException", message: "Events can be replayed only to the bus that they came from." };
      }
      const rulesOfBus = rules.filter((rule) => (rule.bus ?? bus) === bus).map(({ name }) => name);
      const wanted = Destination.FilterArns?.map(ruleOf);
      const strange = wanted?.find((rule) => rule.bus !== bus || !rulesOfBus.includes(rule.name));
      if (strange !== undefined) {
        const message = `Rule ${strange.name} does not exist on EventBus ${strange.bus}. Rules of ${bus}: ${rulesOfBus.join(", ")}.`;
        return { type: "ResourceNotFoundException", message };
      }
      if (names.has(ReplayName)) {
        return { type: "ResourceAlreadyExistsException", message: `Replay ${ReplayName} already exists.` };
      }
      names.add(ReplayName);
      const isWanted = ({ time }: DeliveredEvent) =>
        Date.parse(time) >= EventStartTime * 1000 && Date.parse(time) < EventEndTime * 1000;
      const events = newestFirst().filter(isWanted).toReversed();
      return {
        bus,
        events: events.map((event) => ({ ...event, "replay-name": ReplayName })),
        rules: wanted?.map(({ name }) => name),
        answer: { ReplayArn: `${arnPrefix}:replay/${ReplayName}`, State: "STARTING", ReplayStartTime: nowMs / 1000 },
      };
    },
  };
}

/** The ARN of a rule on the default bus names no bus. */
function ruleOf(arn: string): { readonly name: string; readonly bus: string } {
  const [name = "", bus = "default"] = arn.split(":rule/")[1]?.split("/").toReversed() ?? [];
  return { name, bus };
}

function lastOf(arn: string): string {
  return arn.split("/").at(-1) ?? "";
}
