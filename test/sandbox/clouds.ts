import type { AlibabaCredential } from "./alibaba-ecs-auth.ts";
import type { ApsaraCredential } from "./apsara-gateway-auth.ts";
import type { ApsaraEnvelope } from "./apsara-route.ts";
import { serveControl } from "./control.ts";
import type { RecordedRequest, Wire } from "./exchange.ts";
import type { Faults } from "./faults.ts";
import type { KeyRing } from "./key-ring.ts";
import type { LoopbackServer } from "./loopback-server.ts";
import type { SandboxOptions } from "./options.ts";
import { serveWire } from "./serve-wire.ts";
import type { SandboxTasks } from "./tasks.ts";
import type { TencentCredential } from "./tencent-auth.ts";
import type { NotFoundAnswer } from "./tencent-ecm.ts";
import { createWorld, type World } from "./world.ts";

/** Three clouds on loopback: real HTTP, real signatures, and tasks that follow a clock. */

interface SandboxCloud<Credential> {
  readonly url: string;
  /** The initial credential. */
  readonly credential: Credential;
  /** All requests so far, in order; may be cleared. */
  readonly requests: RecordedRequest[];
  /** From now on only `next` is accepted. A token that it replaces counts as expired. */
  rotateCredential(next: Credential): void;
}

export interface SandboxClouds {
  readonly alibabaEcs: SandboxCloud<AlibabaCredential>;
  readonly apsaraRoute: SandboxCloud<ApsaraCredential> & {
    readonly userEmail: string;
    setEnvelope(envelope: ApsaraEnvelope): void;
  };
  readonly tencentEcm: SandboxCloud<TencentCredential> & { setNotFoundAs(answer: NotFoundAnswer): void };
  readonly controlUrl: string;
  readonly tasks: SandboxTasks;
  readonly faults: Faults;
  stop(): Promise<void>;
}

/** Rejects with a one-sentence error if a port is in use, and leaves nothing listening. */
export async function startSandboxClouds(options: SandboxOptions): Promise<SandboxClouds> {
  const world = createWorld(options);
  const servers: LoopbackServer[] = [];
  const host = options.host ?? "127.0.0.1";
  const stop = async () => {
    await Promise.all(servers.map((server) => server.stop()));
  };

  async function serve(wire: Wire, port: number | undefined): Promise<string> {
    const { faults, wireNow: now } = world;
    const requests = world.requests[wire.cloud];
    const { keepRequests = 50_000, otherHosts = [] } = options;
    const place = { host, port: port ?? 0, otherHosts };
    const server = await serveWire({ wire, ...place, now, faults, requests, keepRequests });
    servers.push(server);
    return server.url;
  }

  async function serveControlPort(): Promise<string> {
    const { clock } = options;
    const { faults, tasks, keys, requests } = world;
    const port = options.ports?.control ?? 0;
    const control = await serveControl({ host, port, clock, faults, tasks, keys, requests });
    servers.push(control);
    return control.url;
  }

  try {
    const urls = {
      alibabaEcs: await serve(world.wires.alibabaEcs, options.ports?.alibabaEcs),
      apsaraRoute: await serve(world.wires.apsaraRoute, options.ports?.apsaraRoute),
      tencentEcm: await serve(world.wires.tencentEcm, options.ports?.tencentEcm),
      control: await serveControlPort(),
    };
    return { ...describe(world, urls), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Urls = Readonly<Record<"alibabaEcs" | "apsaraRoute" | "tencentEcm" | "control", string>>;

function describe(world: World, urls: Urls): Omit<SandboxClouds, "stop"> {
  const { keys, requests, selected, tasks, faults } = world;
  return {
    alibabaEcs: cloudOf(urls.alibabaEcs, keys.alibabaEcs, requests["alibaba-ecs"]),
    apsaraRoute: {
      ...cloudOf(urls.apsaraRoute, keys.apsaraRoute, requests["apsara-route"]),
      userEmail: world.userEmail,
      setEnvelope(envelope) {
        selected.envelope = envelope;
      },
    },
    tencentEcm: {
      ...cloudOf(urls.tencentEcm, keys.tencentEcm, requests["tencent-ecm"]),
      setNotFoundAs(answer) {
        selected.notFoundAs = answer;
      },
    },
    controlUrl: urls.control,
    tasks,
    faults,
  };
}

function cloudOf<Credential>(
  url: string,
  keys: KeyRing<Credential>,
  requests: RecordedRequest[],
): SandboxCloud<Credential> {
  return { url, requests, credential: keys.current(), rotateCredential: (next) => keys.rotate(next) };
}
