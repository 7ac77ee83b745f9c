import type { CloudClient, Provider, UnreadableRow } from "../../lib/domain/provider.ts";
import { createAlibabaEcs } from "../../lib/providers/alibaba-ecs/client.ts";
import { createApsaraRoute } from "../../lib/providers/apsara-route/client.ts";
import { createProvider } from "../../lib/providers/create-provider.ts";
import { descriptorOf } from "../../lib/providers/index.ts";
import { redactRefusals } from "../../lib/providers/redact.ts";
import { createTencentEcm } from "../../lib/providers/tencent-ecm/client.ts";
import type { Transport } from "../../lib/transport/call.ts";
import { cloudNames } from "./corpus.ts";
import type { CloudName } from "./corpus.ts";
import { createFuzzCaller } from "./fuzz-caller.ts";
import { createFuzzClock } from "./fuzz-clock.ts";
import { secretMark } from "./hostile-setup.ts";
import { hostileTransport } from "./hostile-transport.ts";
import { objectsIn, payloadOf } from "./observation.ts";
import type { Delivered, HostileCase, Observation, Resolved, Seen, Subject } from "./observation.ts";
import { absentEcsTask } from "./plausible.ts";

export function clientSubjects(): Subject[] {
  return cloudNames.flatMap((cloud) => [
    listSubject(cloud),
    manySubject(cloud),
    getSubject(cloud),
    ...cancelSubject(cloud),
    ...resolveSubject(cloud),
  ]);
}

interface Collected {
  readonly seen: Seen[];
  readonly unreadable: UnreadableRow[];
  readonly resolved: Resolved[];
  readonly delivered: readonly Delivered[];
}

function listSubject(cloud: CloudName): Subject {
  return subject(cloud, { method: "list()", shows: "rows", asks: "list" }, async (provider, _hostile, found) => {
    for await (const page of provider.list({}, new AbortController().signal)) {
      found.seen.push(...page.sightings);
      found.unreadable.push(...page.unreadable);
    }
  });
}

function manySubject(cloud: CloudName): Subject {
  const asks = cloud === "tencent-ecm" ? "detail" : "list";
  return subject(cloud, { method: "getMany()", shows: "asked-rows", asks }, async (provider, hostile, found) => {
    const ids = [...idsIn(cloud, hostile[asks][0]?.body ?? "", 5), absentId(cloud)];
    const rows = await provider.getMany(ids, new AbortController().signal);
    found.seen.push(...rows.sightings);
    found.unreadable.push(...rows.unreadable);
  });
}

function getSubject(cloud: CloudName): Subject {
  const asks = cloud === "apsara-route" ? "list" : "detail";
  return subject(cloud, { method: "get()", shows: "one-task", asks }, async (provider, hostile, found) => {
    const [id = absentId(cloud)] = idsIn(cloud, hostile[asks][0]?.body ?? "", 1);
    const task = await provider.get(id, new AbortController().signal);
    if (task !== undefined) found.seen.push({ task, needsDetail: null });
  });
}

function cancelSubject(cloud: CloudName): Subject[] {
  if (cloud !== "alibaba-ecs") return [];
  return [
    subject(cloud, { method: "cancel()", shows: "nothing", asks: "detail" }, async (provider) => {
      await provider.cancel?.("t-1", new AbortController().signal);
    }),
  ];
}

function resolveSubject(cloud: CloudName): Subject[] {
  if (cloud !== "tencent-ecm") return [];
  return [
    subject(cloud, { method: "resolve()", shows: "nothing", asks: "list" }, async (provider, _hostile, found) => {
      for (const asked of ["img-c1p90f6q", "image-name:edge-base", "img-1tyt4apn"]) {
        const resolution = await provider.resolve?.(asked, new AbortController().signal);
        const body = found.delivered.at(-1)?.response.body ?? "";
        if (resolution === undefined) continue;
        if ("reason" in resolution) found.unreadable.push({ nativeId: null, ...resolution });
        else found.resolved.push({ asked, body, ...resolution });
      }
    }),
  ];
}

type About = Pick<Subject, "shows" | "asks"> & { readonly method: string };
type Play = (provider: Provider, hostile: HostileCase, found: Collected) => Promise<void>;

function subject(cloud: CloudName, { method, ...about }: About, play: Play): Subject {
  return {
    ...about,
    seesStatus: true,
    name: `${cloud} ${method}`,
    cloud,
    async observe(hostile): Promise<Observation> {
      const delivered: Delivered[] = [];
      const found: Collected = { seen: [], unreadable: [], resolved: [], delivered };
      const provider = providerOf(cloud, hostileTransport(hostile, delivered));
      try {
        await play(provider, hostile, found);
        return found;
      } catch (thrown) {
        return { ...found, thrown };
      }
    },
  };
}

/** Ids that are in the answer, so that asking for them finds something. */
function idsIn(cloud: CloudName, body: string, most: number): string[] {
  if (cloud === "tencent-ecm") return ["21", "img-c1p90f6q", "image-name:ecmtest"].slice(0, most);
  const ids = objectsIn(payloadOf(body)).flatMap(({ TaskId }) => (typeof TaskId === "string" ? [TaskId] : []));
  return [...new Set(ids)].slice(0, most);
}

function absentId(cloud: CloudName): string {
  return cloud === "tencent-ecm" ? "99" : absentEcsTask;
}

export function providerOf(cloud: CloudName, transport: Transport, clock = createFuzzClock()): Provider {
  const descriptor = descriptorOf({ provider: cloud });
  const target = { connection: "fuzz", provider: cloud, region: cloud === "tencent-ecm" ? "global" : "cn-hangzhou" };
  return createProvider(createClient(cloud, transport, clock), { ...descriptor, target, clockSkewMs: () => null });
}

export function createClient(cloud: CloudName, transport: Transport, clock = createFuzzClock()): CloudClient {
  // As a descriptor gives it to its client.
  const call = redactRefusals(createFuzzCaller(transport, clock));
  const endpoint = new URL("https://cloud.example.com");
  switch (cloud) {
    case "alibaba-ecs": {
      const keys = { accessKeyId: "LTAIfuzz", accessKeySecret: `${secretMark}1`, securityToken: `${secretMark}2` };
      const options = { region: "cn-hangzhou", endpoint };
      return createAlibabaEcs(options, { call, clock, credential: async () => keys });
    }
    case "apsara-route": {
      const options = { region: "cn-hangzhou", endpoint, userEmail: "ops@example.com" };
      return createApsaraRoute(options, {
        call,
        clock,
        credential: async () => ({ appKey: "k", appSecret: `${secretMark}3` }),
      });
    }
    case "tencent-ecm": {
      const keys = { secretId: "AKIDfuzz", secretKey: `${secretMark}4`, token: `${secretMark}5` };
      return createTencentEcm({ endpoint, timeZone: "+08:00" }, { call, clock, credential: async () => keys });
    }
  }
}
