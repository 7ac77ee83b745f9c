import { ProviderError } from "../../lib/domain/errors.ts";
import type { Transport, WireRequest, WireResponse } from "../../lib/transport/call.ts";
import { contentFaults, quoted, wireFaults } from "./clouds/cloud.ts";
import type { Cloud, CloudSky, Refusal, WireFault } from "./clouds/cloud.ts";
import type { ContentFault } from "./clouds/view.ts";
import type { Process } from "./process.ts";
import type { Simulation } from "./simulation.ts";
import type { CloudName } from "./truth.ts";
import { isDown } from "./weather.ts";

export interface CloudAccount {
  readonly name: CloudName;
  readonly cloud: Cloud;
  readonly largestPage: number;
  readonly envelope: CloudSky["envelope"];
}

/** The network between one process and one cloud. */
export function createTransport(simulation: Simulation, process: Process, account: CloudAccount): Transport {
  const { chance, timeline, witness } = simulation;
  return (request, signal) => {
    const asked = account.cloud.understand(request);
    const phase = process.phases.get(asked.targetKey);
    if (phase === "begin" || phase === "publish due") process.phases.set(asked.targetKey, "discover");
    witness.called(process, account.name, asked.api);
    const fault = drawFault(simulation, account);
    return process.call({
      kind: `transport.${asked.api}`,
      target: asked.targetKey,
      latencyMs: fault === "time-out" ? 15_000 : latencyOf(simulation),
      signal,
      effect() {
        const nowMs = timeline.now();
        const requestId = `R${chance.int(0, 2 ** 31).toString(36)}`;
        const sky: CloudSky = { ...account, tasks: simulation.tasks, nowMs, chance, requestId };
        const skewed = Math.abs(asked.signedAtMs - nowMs) > account.cloud.clockToleranceMs;
        const refusal = skewed ? "clock refused" : fault !== null && isRefusal(fault) ? fault : null;
        if (refusal !== null) {
          tell(simulation, process, `asks ${asked.api}`, refusal);
          return account.cloud.refuse(refusal, sky, request);
        }
        const content = fault !== null && isContent(fault) ? fault : null;
        const answer = account.cloud.answer(asked, content, sky);
        tell(simulation, process, `asks ${asked.api} ${questionOf(asked.parameters, asked.body)}`, fault, answer.body);
        return onItsWay(answer, fault, request, sky);
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

function drawFault({ chance, weather, timeline }: Simulation, { name }: CloudAccount): Fault | null {
  if (timeline.now() >= weather.calmFromMs) return null;
  if (isDown(weather, name, timeline.now())) return chance.pick(["5xx", "time-out", "connection reset"]);
  if (!chance.happens(weather.cloudFaults)) return null;
  return chance.happens(0.5) ? chance.pick(wireFaults) : chance.pick(contentFaults);
}

function latencyOf({ chance }: Simulation): number {
  return chance.happens(0.02) ? chance.int(1_000, 12_000) : chance.int(20, 300);
}

function onItsWay(answer: WireResponse, fault: Fault | null, request: WireRequest, { chance }: CloudSky): WireResponse {
  switch (fault) {
    case "time-out":
      throw new ProviderError("unavailable", "no answer within 15000 ms", { retry: "backoff" });
    case "answer lost":
    case "connection reset":
      throw new ProviderError("unavailable", "connection reset", { retry: "backoff" });
    case "malformed JSON":
      return { ...answer, body: answer.body.slice(0, chance.int(0, answer.body.length - 1)) };
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
