import type { components } from "../../docs/examples/image-tasks-api.ts";
import type { Task as ServiceTask } from "../../lib/domain/task.ts";
import type { Task, TaskStatus } from "../../lib/page/api-answers.ts";
import { explain } from "../fakes/explain.ts";
import { sampleTask } from "../fakes/sample-task.ts";
import type { FakeApiState } from "./fake-api.ts";

/** Tasks of a team on an ordinary day, for the browser tests and the screenshots. */

type ConnectionState = components["schemas"]["ConnectionState"];

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

export const iso = (atMs: number) => new Date(atMs).toISOString();

/** A task as the page gets it. */
export function listedTask(wanted: Partial<ServiceTask> = {}): Task {
  return explain(sampleTask(wanted)) as Task;
}

interface Named {
  readonly nativeId: string;
  readonly name: string;
  readonly createdMs: number;
}

export function openTask({ nativeId, name, createdMs }: Named, wanted: Partial<ServiceTask> = {}): Task {
  return listedTask({
    nativeId,
    resource: { type: "image", id: null, name },
    createdAt: iso(createdMs),
    observedAt: iso(createdMs + minuteMs),
    ...wanted,
  });
}

export function endedTask(
  { nativeId, name, createdMs }: Named,
  tookMs: number,
  wanted: Partial<ServiceTask> = {},
): Task {
  const ended = iso(createdMs + tookMs);
  return openTask(
    { nativeId, name, createdMs },
    { status: "succeeded", done: true, nativeStatus: "Finished", finishedAt: ended, observedAt: ended, ...wanted },
  );
}

export function connectionState(wanted: Partial<ConnectionState> = {}): ConnectionState {
  return {
    connection: "aliyun",
    name: "aliyun",
    provider: "alibaba-ecs",
    region: "cn-hangzhou",
    capabilities: { batchSize: 100, listsWithoutIds: true, reportsProgress: true, cancels: true },
    rate: { perSecond: 5, burst: 5 },
    lastSweptAt: iso(Date.now() - 20_000),
    lastSweepSeconds: 1.2,
    behindSeconds: 40,
    lastError: null,
    clockSkewSeconds: 0,
    unreadableItems: 0,
    ...wanted,
  };
}

const stack = { connection: "stack", provider: "apsara-route", region: "cn-qingdao-env17-d01" } as const;
const edge = {
  connection: "edge",
  provider: "tencent-ecm",
  region: "global",
  nativeAction: "ImportCustomImage",
} as const;
const places = [{}, stack, edge, { region: "cn-beijing" }];
const names = ["golden-2026-11", "web-base", "db-base", "ci-runner", "gpu-worker", "edge-cache", "bastion"];
const endings: readonly (readonly [TaskStatus, Partial<Task>])[] = [
  ["failed", { error: { code: "InvalidOSSObject", message: "There is no such object in the bucket" } }],
  ["canceled", {}],
  ["vanished", { statusReason: null, missingSince: null }],
];

/** Ended tasks of the last days, newest first. The same for the same time. */
function pastTasks(nowMs: number, count: number): Task[] {
  return Array.from({ length: count }, (_, index) => {
    const createdMs = nowMs - 95 * minuteMs - index * 74 * minuteMs - (index % 5) * 9 * minuteMs;
    const place = places[(index * 7 + 1) % places.length];
    const [status, facts] = index % 9 === 4 ? (endings[(index % 27 === 13 ? 2 : index) % endings.length] ?? []) : [];
    const name = names[(index * 3) % names.length] ?? "";
    const tookMs = (13 + ((index * 5) % 11)) * minuteMs + (index % 6 === 0 ? 55 * minuteMs : 0);
    const ending = status === undefined ? {} : { status, ...facts };
    return endedTask({ nativeId: `t-bp1${String(4096 + index * 271)}`, name, createdMs }, tookMs, {
      ...place,
      ...ending,
    });
  });
}

/** Everything that the page can show, at once. */
export function ordinaryDay(nowMs: number): Partial<FakeApiState> {
  const stuck = openTask(
    { nativeId: "t-bp1gstuck41", name: "gpu-worker", createdMs: nowMs - 3 * hourMs },
    { progress: { percent: 62, succeeded: null, failed: null, total: null }, observedAt: iso(nowMs - 95 * minuteMs) },
  );
  const percent = (value: number) => ({ percent: value, succeeded: null, failed: null, total: null });
  const open = [
    openTask(
      { nativeId: "t-bp1hpend07", name: "bastion", createdMs: nowMs - 40_000 },
      { status: "pending", nativeStatus: "Waiting" },
    ),
    openTask(
      { nativeId: "t-bp1frun052", name: "golden-2026-11", createdMs: nowMs - 9 * minuteMs },
      { progress: percent(48), labels: { build: "1742" } },
    ),
    openTask(
      { nativeId: "31", name: "edge-cache", createdMs: nowMs - 12 * minuteMs },
      { ...edge, progress: percent(71) },
    ),
    openTask(
      { nativeId: "t-qd1rtwo88", name: "db-base", createdMs: nowMs - 16 * minuteMs },
      {
        ...stack,
        action: "export-image",
        nativeAction: "ExportImage",
        progress: { percent: null, succeeded: 1, failed: 0, total: 3 },
      },
    ),
    openTask(
      { nativeId: "t-bp1unk940", name: "ci-runner", createdMs: nowMs - 31 * minuteMs },
      {
        status: "unknown",
        nativeStatus: "Finished",
        statusReason: "The cloud says Finished and gives no counts that prove how it ended",
      },
    ),
  ];
  const failed = [
    endedTask({ nativeId: "t-bp1fail33", name: "web-base", createdMs: nowMs - 70 * minuteMs }, 11 * minuteMs, {
      status: "failed",
      error: { code: "NoSetRoletoECSServiceAccount", message: "ECS service account has no right to access your OSS" },
    }),
    endedTask({ nativeId: "t-qd1part12", name: "db-base", createdMs: nowMs - 5 * hourMs }, 24 * minuteMs, {
      ...stack,
      action: "export-image",
      nativeAction: "ExportImage",
      status: "failed",
      partial: true,
      progress: { percent: 100, succeeded: 2, failed: 1, total: 3 },
      error: { code: "OSSWriteFailed", message: "One of the disk files could not be written to the bucket" },
      operations: [
        {
          status: "succeeded",
          nativeStatus: "Success",
          error: null,
          warning: null,
          related: { OSSObject: "db-base_system.vhd" },
        },
        {
          status: "succeeded",
          nativeStatus: "Success",
          error: null,
          warning: null,
          related: { OSSObject: "db-base_data1.vhd" },
        },
        {
          status: "failed",
          nativeStatus: "Failed",
          error: { code: "OSSWriteFailed", message: "The disk file could not be written" },
          warning: null,
          related: { OSSObject: "db-base_data2.vhd" },
        },
      ],
    }),
  ];
  const timeline = (task: Task, statuses: readonly (readonly [TaskStatus, string, number])[]) =>
    statuses.map(([status, nativeStatus, afterMs]) => ({
      status,
      nativeStatus,
      at: iso(Date.parse(task.createdAt ?? "") + afterMs),
    }));
  const [access, partly] = failed;
  return {
    tasks: [...open, stuck, ...failed, ...pastTasks(nowMs, 90)].toSorted((a, b) =>
      (a.createdAt ?? "") < (b.createdAt ?? "") ? 1 : -1,
    ),
    stalledIds: new Set([stuck.id]),
    timelines: new Map(
      [access, partly].flatMap((task) => {
        if (task === undefined) return [];
        const tookMs = Date.parse(task.finishedAt ?? "") - Date.parse(task.createdAt ?? "");
        return [
          [
            task.id,
            timeline(task, [
              ["pending", "Waiting", 20_000],
              ["running", "Processing", 80_000],
              ["failed", "Finished", tookMs],
            ]),
          ],
        ];
      }),
    ),
    connections: {
      connections: [
        connectionState({ lastSweptAt: iso(nowMs - 20_000) }),
        connectionState({ region: "cn-beijing", lastSweptAt: iso(nowMs - 20_000) }),
        connectionState({
          ...stack,
          name: "stack",
          lastError: "unavailable: the gateway did not answer within 10 s",
          lastSweptAt: iso(nowMs - 40_000),
        }),
        connectionState({
          connection: "edge",
          name: "edge",
          provider: "tencent-ecm",
          region: "global",
          clockSkewSeconds: -4,
          lastSweptAt: iso(nowMs - 20_000),
          capabilities: { batchSize: 1, listsWithoutIds: false, reportsProgress: true, cancels: false },
        }),
      ],
      unconfigured: [],
    },
  };
}
