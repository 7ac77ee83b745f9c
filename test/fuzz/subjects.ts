import type { NativeTask, Rows } from "../../lib/domain/provider.ts";
import { normalizeTaskAttribute, normalizeTaskList } from "../../lib/providers/alibaba-ecs/normalize.ts";
import { openEnvelope } from "../../lib/providers/apsara-route/envelope.ts";
import { normalizePage } from "../../lib/providers/apsara-route/normalize.ts";
import { completeRows, completeTask } from "../../lib/providers/create-provider.ts";
import { readImage } from "../../lib/providers/tencent-ecm/image.ts";
import { readImageTask } from "../../lib/providers/tencent-ecm/normalize.ts";
import { clientSubjects } from "./client-subjects.ts";
import type { CloudName } from "./corpus.ts";
import { countSubjects } from "./count-subjects.ts";
import { headerSubjects } from "./header-subjects.ts";
import { invokeEventsSubject } from "./invoke-events.ts";
import { ledgerSubject } from "./ledger-subject.ts";
import { isPlainObject, payloadOf } from "./observation.ts";
import type { Delivered, HostileCase, Observation, Seen, Subject } from "./observation.ts";
import { setupSubjects } from "./setup-subjects.ts";
import { twoWiresSubject } from "./two-wires.ts";

/** The pure functions under test, as arguments, so that wrong ones can be put in their place. */
export interface Normalizers {
  readonly normalizeTaskList: typeof normalizeTaskList;
  readonly normalizeTaskAttribute: typeof normalizeTaskAttribute;
  readonly normalizePage: typeof normalizePage;
  readonly readImageTask: typeof readImageTask;
}

export const trueNormalizers: Normalizers = {
  normalizeTaskList,
  normalizeTaskAttribute,
  normalizePage,
  readImageTask,
};

export function allSubjects(): Subject[] {
  return [
    ...normalizerSubjects(trueNormalizers),
    ...clientSubjects(),
    twoWiresSubject(),
    ...setupSubjects(),
    invokeEventsSubject(),
    ledgerSubject(),
    ...headerSubjects(),
    ...countSubjects(),
  ];
}

export function normalizerSubjects(normalizers: Normalizers): Subject[] {
  return [
    taskListSubject(normalizers),
    attributeSubject(normalizers),
    pageSubject(normalizers),
    imageTaskSubject(normalizers),
    imageSubject(),
  ];
}

function targetOf(cloud: CloudName) {
  return { connection: "fuzz", provider: cloud, region: cloud === "tencent-ecm" ? "global" : "cn-hangzhou" };
}

const observedAt = "2026-11-21T12:00:00.000Z";

function taskListSubject(normalizers: Normalizers): Subject {
  return {
    name: "alibaba-ecs normalizeTaskList()",
    cloud: "alibaba-ecs",
    shows: "rows",
    asks: "list",
    seesStatus: false,
    observe: (hostile) =>
      observeRows(hostile, { cloud: "alibaba-ecs", kind: "list" }, ({ body }) =>
        normalizers.normalizeTaskList(payloadOf(body), { observedAt, requestId: null }),
      ),
  };
}

function attributeSubject(normalizers: Normalizers): Subject {
  return {
    name: "alibaba-ecs normalizeTaskAttribute()",
    cloud: "alibaba-ecs",
    shows: "one-task",
    asks: "detail",
    seesStatus: false,
    observe: (hostile) =>
      observeTask(hostile, "alibaba-ecs", ({ body }) =>
        normalizers.normalizeTaskAttribute(payloadOf(body), { observedAt, requestId: null }),
      ),
  };
}

function pageSubject(normalizers: Normalizers): Subject {
  return {
    name: "apsara-route openEnvelope() and normalizePage()",
    cloud: "apsara-route",
    shows: "rows",
    asks: "list",
    seesStatus: true,
    observe: (hostile) =>
      observeRows(hostile, { cloud: "apsara-route", kind: "list" }, (response) =>
        normalizers.normalizePage(openEnvelope(response), { observedAt }),
      ),
  };
}

function imageTaskSubject(normalizers: Normalizers): Subject {
  return {
    name: "tencent-ecm readImageTask()",
    cloud: "tencent-ecm",
    shows: "asked-rows",
    asks: "detail",
    seesStatus: false,
    observe: (hostile) =>
      observeRows(hostile, { cloud: "tencent-ecm", kind: "detail" }, ({ body }) => {
        const readings = membersOf(body, "ImageTaskSet").map((row) => normalizers.readImageTask(row, imageContext));
        return {
          sightings: readings.flatMap((one) => ("task" in one ? [{ task: one.task, needsDetail: false }] : [])),
          unreadable: readings.flatMap((one) => ("reason" in one ? [{ nativeId: null, reason: one.reason }] : [])),
        };
      }),
  };
}

function imageSubject(): Subject {
  return {
    name: "tencent-ecm readImage()",
    cloud: "tencent-ecm",
    shows: "nothing",
    asks: "list",
    seesStatus: false,
    observe: (hostile) =>
      observeRows(hostile, { cloud: "tencent-ecm", kind: "list" }, ({ body }) => {
        const readings = membersOf(body, "ImageSet").map(readImage);
        const reasons = readings.flatMap((one) => (one !== "ignored" && "reason" in one ? [one.reason] : []));
        return { sightings: [], unreadable: reasons.map((reason) => ({ nativeId: null, reason })) };
      }),
  };
}

const imageContext = {
  nativeId: "21",
  imageId: null,
  imageName: null,
  zoneMinutes: 480,
  observedAt,
  requestId: null,
};

function membersOf(body: string, name: string): readonly unknown[] {
  const payload = payloadOf(body);
  const response = isPlainObject(payload) ? payload["Response"] : undefined;
  const members = isPlainObject(response) ? response[name] : undefined;
  // A client refuses more before it reads them.
  return Array.isArray(members) ? members.slice(0, 100) : [];
}

type Answer = HostileCase["list"][number];

async function observeRows(
  hostile: HostileCase,
  { cloud, kind }: Pick<Subject, "cloud"> & Pick<Delivered, "kind">,
  read: (answer: Answer) => Rows<NativeTask>,
): Promise<Observation> {
  const [response] = hostile[kind];
  if (response === undefined) return { delivered: [], seen: [], unreadable: [] };
  const delivered: Delivered[] = [{ kind, response, filter: null }];
  try {
    const { sightings, unreadable } = completeRows(read(response), targetOf(cloud), { cancels: true });
    return { delivered, seen: sightings, unreadable };
  } catch (thrown) {
    return { delivered, seen: [], unreadable: [], thrown };
  }
}

async function observeTask(
  { detail }: HostileCase,
  cloud: CloudName,
  read: (answer: Answer) => NativeTask,
): Promise<Observation> {
  const [response] = detail;
  if (response === undefined) return { delivered: [], seen: [], unreadable: [] };
  const delivered: Delivered[] = [{ kind: "detail", response, filter: null }];
  try {
    const seen: Seen[] = [
      { task: completeTask(read(response), targetOf(cloud), { cancels: true }), needsDetail: null },
    ];
    return { delivered, seen, unreadable: [] };
  } catch (thrown) {
    return { delivered, seen: [], unreadable: [], thrown };
  }
}
