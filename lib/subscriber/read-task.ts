import { certainties, retryAdvices } from "../domain/explanation.ts";
import type { ExplainedOperation, ExplainedTask, Explanation } from "../domain/explanation.ts";
import { taskActions, taskStatuses } from "../domain/task.ts";
import type { Progress, Resource, Task, TaskFailure, TaskStatus } from "../domain/task.ts";
import { count, flag, ifPresent, list, member, orNull, percentage, text, texts, time, word } from "./members.ts";
import type { Place } from "./members.ts";

const resourceTypes = ["image", "disk", "instance", "other"] as const;
const operationStatuses = ["running", "succeeded", "failed", "unknown"] as const;

/** Members that this version does not know are left out. */
export function readTask(place: Place): ExplainedTask {
  const at = (name: string) => member(place, name);
  return {
    id: text(at("id")),
    connection: text(at("connection")),
    provider: text(at("provider")),
    region: text(at("region")),
    nativeId: text(at("nativeId")),
    action: word(at("action"), taskActions, "other"),
    nativeAction: text(at("nativeAction")),
    status: readStatus(at("status")),
    nativeStatus: text(at("nativeStatus")),
    statusReason: ifPresent(at("statusReason"), (reason) => orNull(reason, text), null),
    missingSince: ifPresent(at("missingSince"), (since) => orNull(since, time), null),
    done: flag(at("done")),
    partial: flag(at("partial")),
    progress: readProgress(at("progress")),
    resource: orNull(at("resource"), readResource),
    error: orNull(at("error"), readFailure),
    explanation: readExplanation(at("explanation")),
    operations: list(at("operations"), readOperation),
    cancelable: orNull(at("cancelable"), flag),
    createdAt: orNull(at("createdAt"), time),
    finishedAt: orNull(at("finishedAt"), time),
    finishedAtObserved: flag(at("finishedAtObserved")),
    nativeTimes: readNativeTimes(at("nativeTimes")),
    observedAt: time(at("observedAt")),
    requestId: orNull(at("requestId"), text),
    labels: texts(at("labels")),
    truncated: ifPresent(at("truncated"), (names) => list(names, text), []),
  };
}

export function readStatus(place: Place): TaskStatus {
  return word(place, taskStatuses, "unknown");
}

function readProgress(place: Place): Progress {
  const counted = (name: string) => orNull(member(place, name), (one) => count(one));
  return {
    percent: orNull(member(place, "percent"), percentage),
    succeeded: counted("succeeded"),
    failed: counted("failed"),
    total: counted("total"),
  };
}

function readResource(place: Place): Resource {
  return {
    type: word(member(place, "type"), resourceTypes, "other"),
    id: orNull(member(place, "id"), text),
    name: orNull(member(place, "name"), text),
  };
}

function readFailure(place: Place): TaskFailure {
  return { code: text(member(place, "code")), message: text(member(place, "message")) };
}

function readExplanation(place: Place): Explanation | null {
  return ifPresent(place, (explanation) => orNull(explanation, readPresentExplanation), null);
}

function readPresentExplanation(place: Place): Explanation {
  const at = (name: string) => member(place, name);
  return {
    cause: text(at("cause")),
    certainty: word(at("certainty"), certainties, "inferred"),
    remedy: text(at("remedy")),
    retry: word(at("retry"), retryAdvices, "unknown"),
    retryCertainty: word(at("retryCertainty"), certainties, "inferred"),
  };
}

function readOperation(place: Place): ExplainedOperation {
  return {
    status: word(member(place, "status"), operationStatuses, "unknown"),
    nativeStatus: text(member(place, "nativeStatus")),
    error: orNull(member(place, "error"), readFailure),
    explanation: readExplanation(member(place, "explanation")),
    warning: orNull(member(place, "warning"), readFailure),
    related: texts(member(place, "related")),
  };
}

function readNativeTimes(place: Place): Task["nativeTimes"] {
  return {
    createdAt: orNull(member(place, "createdAt"), text),
    finishedAt: orNull(member(place, "finishedAt"), text),
    zoneAssumed: flag(member(place, "zoneAssumed")),
  };
}
