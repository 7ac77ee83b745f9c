import type { Provider } from "../../lib/domain/provider.ts";
import { createDynamoDbLedger } from "../../lib/ledger/dynamodb-ledger.ts";
import type { Ledger } from "../../lib/ledger/ledger.ts";
import { createAlibabaEcs } from "../../lib/providers/alibaba-ecs/client.ts";
import { createApsaraRoute } from "../../lib/providers/apsara-route/client.ts";
import { createTencentEcm } from "../../lib/providers/tencent-ecm/client.ts";
import { createEventBridgeBus } from "../../lib/sweep/event-bus.ts";
import { sweepTargets } from "../../lib/sweep/sweep.ts";
import type { SweepSettings, SweepDependencies, TargetReport } from "../../lib/sweep/target-sweep.ts";
import { createCaller } from "../../lib/transport/caller.ts";
import { createAlibabaCloud } from "./clouds/alibaba-cloud.ts";
import { createApsaraCloud } from "./clouds/apsara-cloud.ts";
import { createTencentCloud } from "./clouds/tencent-cloud.ts";
import { callDeadlineMs } from "./process.ts";
import type { Process } from "./process.ts";
import type { ConnectionPlan, Scenario } from "./scenario.ts";
import { createDocumentClient } from "./simulated-dynamodb.ts";
import { createBusClient } from "./simulated-event-bridge.ts";
import type { Store } from "./simulated-store.ts";
import { createTransport } from "./simulated-transport.ts";
import { secretMark } from "./simulation.ts";
import type { Simulation } from "./simulation.ts";
import type { Variation } from "./variation.ts";

/** The real modules of the service in one process, on a simulated network. */
export interface Program {
  readonly process: Process;
  readonly providers: readonly Provider[];
  readonly ledger: Ledger;
  readonly world: SweepDependencies;
}

export interface ProgramPlan {
  readonly simulation: Simulation;
  readonly store: Store;
  readonly scenario: Scenario;
  readonly settings: SweepSettings;
  readonly variation: Variation;
}

export function createProgram(
  { simulation, store, scenario, settings, variation }: ProgramPlan,
  process: Process,
): Program {
  const { random } = simulation;
  const realLedger = createDynamoDbLedger({
    client: createDocumentClient(simulation, store, process),
    tableName: "tasks",
    clock: process.clock("store"),
    retentionDays: 90,
  });
  const ledger = variation.ledger?.(realLedger, process.now) ?? realLedger;
  const bus = createEventBridgeBus({ client: createBusClient(simulation, process, variation), busName: "bus" });
  const providers = scenario.connections.flatMap((plan) => providersOf(plan, { simulation, process, scenario }));
  return {
    process,
    providers: variation.provider === undefined ? providers : providers.map(variation.provider),
    ledger,
    world: { ledger, bus, clock: process.clock("bus"), random, settings },
  };
}

interface Wiring {
  readonly simulation: Simulation;
  readonly process: Process;
  readonly scenario: Scenario;
}

function providersOf(plan: ConnectionPlan, { simulation, process, scenario }: Wiring): Provider[] {
  const { name: connection, cloud: name, largestPage, envelope } = plan;
  const account = { name, largestPage, envelope };
  const clock = process.clock("caller");
  const callOver = (cloud: ReturnType<typeof createAlibabaCloud>) =>
    createCaller({
      transport: createTransport(simulation, process, { ...account, cloud }),
      clock,
      random: simulation.random,
      rate: scenario.budget,
      deadlineMs: callDeadlineMs,
      maxTries: 4,
    });
  switch (name) {
    case "alibaba-ecs": {
      const call = callOver(createAlibabaCloud(connection));
      const credential = async () => alibabaKey;
      return plan.regions.map((region) => createAlibabaEcs({ connection, region }, { call, credential, clock }));
    }
    case "apsara-route": {
      const call = callOver(createApsaraCloud(connection));
      const credential = async () => apsaraKey;
      return plan.regions.map((region) => {
        const endpoint = new URL("https://stack.example.com");
        return createApsaraRoute(
          { connection, region, endpoint, userEmail: "ops@example.com" },
          { call, credential, clock },
        );
      });
    }
    case "tencent-ecm": {
      const call = callOver(createTencentCloud(connection));
      const credential = async () => tencentKey;
      return [createTencentEcm({ connection, timeZone: "+08:00" }, { call, credential, clock })];
    }
  }
}

const alibabaKey = {
  accessKeyId: "LTAI5tSimulated",
  accessKeySecret: `${secretMark}-alibaba`,
  securityToken: `${secretMark}/CAISxyz0Simulated0Token0Of0Some0Length0q8d7f6`,
};
const apsaraKey = { appKey: "24000001", appSecret: `${secretMark}-apsara` };
const tencentKey = {
  secretId: "AKIDSimulated00001",
  secretKey: `${secretMark}-tencent`,
  token: `${secretMark}-tencent-token`,
};

export interface SweepPlan {
  /** The function's timeout. */
  readonly limitMs: number;
  readonly reserveMs: number;
  readonly abortReserveMs: number;
}

/** One invocation. Resolves when it has ended, with `undefined` if it timed out or crashed. */
export function runSweep(
  program: Program,
  plan: SweepPlan,
  { timeline, witness, story }: Simulation,
): Promise<TargetReport[] | undefined> {
  const { process, providers, world } = program;
  const { promise, resolve } = Promise.withResolvers<TargetReport[] | undefined>();
  const controller = new AbortController();
  const actor = process.name;
  story?.tell(timeline.now(), { actor, action: `begins a sweep of ${providers.length} targets` });
  const early = timeline.after(plan.limitMs - plan.abortReserveMs, () => controller.abort(outOfTime));
  const late = timeline.after(plan.limitMs, () => {
    if (!process.dead) story?.tell(timeline.now(), { actor, action: "is cut off by its time-out" });
    process.dead = true;
    resolve(undefined);
  });
  const finish = (reports: TargetReport[] | undefined): void => {
    early.run = undefined;
    late.run = undefined;
    resolve(reports);
  };
  witness.sweepStarted(process);
  const stopAtMs = process.now() + Math.max(plan.limitMs - plan.reserveMs, plan.limitMs / 2);
  sweepTargets(providers, world, { signal: controller.signal, stopAtMs }).then(
    (reports) => {
      witness.reported(reports);
      if (story !== undefined) {
        for (const report of reports)
          story.tell(timeline.now(), { actor, action: `reports ${JSON.stringify(report)}` });
      }
      finish(reports);
    },
    (error: unknown) => {
      witness.accuse("illegal", `the sweep threw ${String(error)}`);
      finish(undefined);
    },
  );
  return promise;
}

const outOfTime = new Error("the function is about to time out");
