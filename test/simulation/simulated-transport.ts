import { ProviderError } from "../../lib/domain/errors.ts";
import type { Transport, WireRequest, WireResponse } from "../../lib/transport/call.ts";
import { quoted, wireFaults } from "./clouds/cloud.ts";
import type { Asked, Cloud, AnswerContext, Refusal, WireFault } from "./clouds/cloud.ts";
import { contentFaults } from "./clouds/view.ts";
import type { ContentFault } from "./clouds/view.ts";
import { isDown } from "./fault-plan.ts";
import type { Process } from "./process.ts";
import type { Simulation } from "./simulation.ts";
import { poisonAt } from "./truth.ts";
import type { CloudName } from "./truth.ts";

export interface CloudAccount {
  readonly name: CloudName;
  readonly cloud: Cloud;
  readonly largestPage: number;
  readonly envelope: AnswerContext["envelope"];
  readonly counts: AnswerContext["counts"];
  readonly rowsWithDetail: boolean;
  /** Whether responses have a `Date`. */
  readonly dated: boolean;
  readonly slowTarget: string | null;
}

/** The network between one process and one cloud. */
export function createTransport(simulation: Simulation, process: Process, account: CloudAccount): Transport {
  const { random, timeline, witness } = simulation;
  return (request, signal) => {
    const asked = account.cloud.understand(request);
    const phase = process.phases.get(asked.targetKey);
    if (phase === "begin" || phase === "publish due") process.phases.set(asked.targetKey, "discover");
    witness.called(process, account.name, asked.api);
    const fault = poisonOf(asked, simulation) ?? drawFault(simulation, account);
    return process.call({
      kind: `transport.${asked.api}`,
      target: asked.targetKey,
      latencyMs: fault === "time-out" ? 15_000 : latencyOf(simulation, asked.targetKey === account.slowTarget),
      signal,
      effect() {
        const nowMs = timeline.now();
        const requestId = `R${random.int(0, 2 ** 31).toString(36)}`;
        const context: AnswerContext = { ...account, tasks: simulation.tasks, nowMs, random, requestId };
        const skewed = Math.abs(asked.signedAtMs - nowMs) > account.cloud.clockToleranceMs;
        const refusal = skewed ? "clock refused" : fault !== null && isRefusal(fault) ? fault : null;
        if (refusal !== null) {
          tell(simulation, process, `asks ${asked.api}`, refusal);
          return withDate(account.cloud.refuse(refusal, context, request), account, nowMs);
        }
        const content = fault !== null && isContent(fault) ? fault : null;
        const answer = account.cloud.answer(asked, content, context);
        tell(simulation, process, `asks ${asked.api} ${questionOf(asked.parameters, asked.body)}`, fault, answer.body);
        return withDate(onItsWay(answer, fault, request, context), account, nowMs);
      },
    });
  };
}

type Fault = WireFault | ContentFault;

const refusals: ReadonlySet<string> = new Set<Refusal>([
  "throttled",
  "5xx",
  "nonce used",
  "clock refused",
  "credential expired",
  "secrets echoed",
]);
const contents: ReadonlySet<string> = new Set(contentFaults);

function isRefusal(fault: Fault): fault is Refusal {
  return refusals.has(fault);
}

function isContent(fault: Fault): fault is ContentFault {
  return contents.has(fault);
}

function drawFault({ random, faultPlan, timeline }: Simulation, { name }: CloudAccount): Fault | null {
  if (timeline.now() >= faultPlan.faultFreeFromMs) return null;
  if (isDown(faultPlan, name, timeline.now())) return random.pick(["5xx", "time-out", "connection reset"]);
  if (!random.happens(faultPlan.cloudFaults)) return null;
  if (faultPlan.onlyFault !== null) return faultPlan.onlyFault;
  return random.happens(0.5) ? random.pick(wireFaults) : random.pick(contentFaults);
}

/** A detail that always fails in the same way. */
function poisonOf({ api, parameters, targetKey }: Asked, { tasks, timeline }: Simulation): Fault | null {
  if (api !== "DescribeTaskAttribute") return null;
  const nativeId = parameters.get("TaskId");
  const task = tasks.find((one) => one.nativeId === nativeId && one.targetKey === targetKey);
  const kind = task === undefined ? null : poisonAt(task, timeline.now());
  if (kind === "detail times out") return "time-out";
  return kind === "detail throttled" ? "throttled" : null;
}

function withDate(response: WireResponse, { dated }: CloudAccount, nowMs: number): WireResponse {
  const { date: _own, ...headers } = response.headers;
  return { ...response, headers: dated ? { ...headers, date: new Date(nowMs).toUTCString() } : headers };
}

function latencyOf({ random }: Simulation, slow: boolean): number {
  if (slow) return random.int(4_000, 12_000);
  return random.happens(0.02) ? random.int(1_000, 12_000) : random.int(20, 300);
}

function onItsWay(
  answer: WireResponse,
  fault: Fault | null,
  request: WireRequest,
  { random }: AnswerContext,
): WireResponse {
  switch (fault) {
    case "time-out":
      throw new ProviderError("unavailable", "no answer within 15000 ms", { retry: "backoff" });
    case "answer lost":
    case "connection reset":
      throw new ProviderError("unavailable", "connection reset", { retry: "backoff" });
    case "malformed JSON":
      return { ...answer, body: answer.body.slice(0, random.int(0, answer.body.length - 1)) };
    case "HTML with status 200":
      return {
        ...answer,
        headers: { "content-type": "text/html" },
        body: `<html><body>${quoted(request)}</body></html>`,
      };
    default:
      return answer;
  }
}

function questionOf(parameters: ReadonlyMap<string, string>, body: string): string {
  const said = [...parameters].filter(([name]) => /^(TaskIds?|PageNumber|StartTime|EndTime)$/.test(name));
  return said.length > 0 ? said.map(([name, value]) => `${name}=${value}`).join(" ") : body;
}

function tell(
  { story, timeline }: Simulation,
  process: Process,
  action: string,
  fault: string | null,
  effect?: string,
) {
  story?.tell(timeline.now(), { actor: process.name, action, fault, ...(effect === undefined ? {} : { effect }) });
}
