import { rateOfShare } from "../../lib/config/rate-share.ts";
import type { RateShare } from "../../lib/config/rate-share.ts";
import type { Provider } from "../../lib/domain/provider.ts";
import { createDynamoDbLedger } from "../../lib/ledger/dynamodb-ledger.ts";
import { createDynamoDbRateStore } from "../../lib/ledger/dynamodb-rate-store.ts";
import type { Ledger } from "../../lib/ledger/ledger.ts";
import { createProviders } from "../../lib/providers/index.ts";
import { createEventBridgeBus } from "../../lib/sweep/event-bus.ts";
import { sweepTargets } from "../../lib/sweep/sweep.ts";
import type { SweepSettings, SweepDependencies, TargetReport } from "../../lib/sweep/target-sweep.ts";
import { createCaller } from "../../lib/transport/caller.ts";
import { createRateBudget } from "../../lib/transport/rate-budget.ts";
import type { RateStore } from "../../lib/transport/rate-budget.ts";
import { explain } from "../fakes/explain.ts";
import { createAlibabaCloud } from "./clouds/alibaba-cloud.ts";
import { createApsaraCloud } from "./clouds/apsara-cloud.ts";
import { createTencentCloud } from "./clouds/tencent-cloud.ts";
import { callDeadlineMs } from "./process.ts";
import type { Process } from "./process.ts";
import { configurationAt } from "./scenario.ts";
import type { ConnectionPlan, Scenario } from "./scenario.ts";
import { createDocumentClient } from "./simulated-dynamodb.ts";
import { createBusClient } from "./simulated-event-bridge.ts";
import type { Store } from "./simulated-store.ts";
import { createTransport } from "./simulated-transport.ts";
import { secretMark } from "./simulation.ts";
import type { Simulation } from "./simulation.ts";
import type { CloudName } from "./truth.ts";
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
  /** What a deliberately broken sweep keeps outside of the store. */
  readonly memory: Map<string, number>;
}

export function createProgram(
  { simulation, store, scenario, settings, variation, memory }: ProgramPlan,
  process: Process,
  share: RateShare,
): Program {
  const { random } = simulation;
  const table = { client: createDocumentClient(simulation, store, process), tableName: "tasks" };
  const realLedger = createDynamoDbLedger({
    ...table,
    clock: process.clock("store"),
    retentionDays: 90,
  });
  const ledger = variation.ledger?.(realLedger, process.now, memory) ?? realLedger;
  const bus = createEventBridgeBus({
    client: createBusClient(simulation, process, variation),
    busName: "bus",
    explain,
  });
  const rates = variation.ratesPerProcess === true ? undefined : createDynamoDbRateStore(table);
  const providers = configurationAt(scenario, simulation.timeline.now()).flatMap((plan) =>
    providersOf(plan, { simulation, process, scenario, share, rates }),
  );
  return {
    process,
    providers: variation.provider === undefined ? providers : providers.map(variation.provider),
    ledger,
    world: { ledger, bus, explain, clock: process.clock("bus"), random, settings },
  };
}

interface Wiring {
  readonly simulation: Simulation;
  readonly process: Process;
  readonly scenario: Scenario;
  readonly share: RateShare;
  /** Where processes share the rate. */
  readonly rates: RateStore | undefined;
}

/** As the product divides them. */
const reservedAheadMs = { sweep: 5_000, http: 1_000 };

function providersOf(plan: ConnectionPlan, { simulation, process, scenario, share, rates }: Wiring): Provider[] {
  const { name, formerName, account: accountName, cloud, regions, slowRegion } = plan;
  const { createCloud, members, credential } = clouds[cloud];
  const slowTarget = slowRegion === null ? null : `${accountName}:${slowRegion}`;
  const account = { ...plan, name: cloud, slowTarget, cloud: createCloud(accountName) };
  const clock = process.clock("caller");
  const rate = rateOfShare(share, scenario.budget);
  const shared = { clock, rate, name: `${name}#${share}`, reservedAheadMs: reservedAheadMs[share] };
  const call = createCaller({
    transport: createTransport(simulation, process, account),
    clock,
    random: simulation.random,
    rate,
    ...(rates && { budget: createRateBudget({ ...shared, store: rates }) }),
    deadlineMs: callDeadlineMs,
    maxTries: 4,
  });
  const former = formerName === null ? {} : { formerName };
  return createProviders([{ name, provider: cloud, regions, credential, ...members, ...former }], {
    callerFor: () => call,
    clock,
    // The connections hold the secrets themselves.
    secrets: { resolve: async (secret) => secret },
  });
}

interface CloudWiring {
  readonly createCloud: typeof createAlibabaCloud;
  /** What connections to this cloud have beside what all have. */
  readonly members: Readonly<Record<string, string>>;
  readonly credential: Record<string, string>;
}

const clouds: Readonly<Record<CloudName, CloudWiring>> = {
  "alibaba-ecs": {
    createCloud: createAlibabaCloud,
    members: {},
    credential: {
      accessKeyId: "LTAI5tSimulated",
      accessKeySecret: `${secretMark}-alibaba`,
      securityToken: `${secretMark}/CAISxyz0Simulated0Token0Of0Some0Length0q8d7f6`,
    },
  },
  "apsara-route": {
    createCloud: createApsaraCloud,
    members: { endpoint: "https://stack.example.com", userEmail: "ops@example.com" },
    credential: { appKey: "24000001", appSecret: `${secretMark}-apsara` },
  },
  "tencent-ecm": {
    createCloud: createTencentCloud,
    members: { timeZone: "+08:00" },
    credential: {
      secretId: "AKIDSimulated00001",
      secretKey: `${secretMark}-tencent`,
      token: `${secretMark}-tencent-token`,
    },
  },
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
    witness.sweepEnded();
    resolve(undefined);
  });
  const finish = (reports: TargetReport[] | undefined): void => {
    early.run = undefined;
    late.run = undefined;
    witness.sweepEnded();
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
