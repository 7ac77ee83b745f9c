import type { Resources } from "./packaged-template.ts";
import { objectAt, ofType, withoutNothing } from "./stack-rules.ts";
import type { Properties } from "./stack-rules.ts";

export interface AlarmFacts {
  readonly stage: string;
  /** Metrics of the sweep that alarms and the dashboard may read. */
  readonly ownMetrics: readonly string[];
  /** The headings of `docs/operating.md`, as anchors. */
  readonly anchors: readonly string[];
}

interface Metric {
  readonly namespace: string;
  readonly name: string;
  /** Such as `FunctionName=ListLambdaFunction`, where a reference counts as the id that it refers to. */
  readonly dimensions: readonly string[];
}

/** Own metrics that somebody must be told of. */
const watchedMetrics = ["behind", "clockSkewSeconds", "pendingEvents", "unconfiguredTargets", "unreadableItems"];
const operations = ["GetItem", "BatchGetItem", "Query", "PutItem"];

/** @returns each breach, as a sentence that begins with the resource's id */
export function alarmBreachesOf(packaged: Resources, facts: AlarmFacts): string[] {
  const resources = withoutNothing(packaged) as Resources;
  const alarms = ofType(resources, "AWS::CloudWatch::Alarm");
  const watched = alarms.flatMap(([, alarm]) => metricsOf(alarm, resources));
  const wanted = failuresOf(resources, facts.stage);
  return [
    ...alarms.flatMap(([id, alarm]) => problemsOf(id, alarm, facts)),
    ...alarms.flatMap(([id, alarm]) => metricsOf(alarm, resources).flatMap((one) => strange(id, one, facts))),
    ...wanted
      .filter((one) => !watched.some((metric) => isSame(metric, one)))
      .map((one) => `no alarm for ${describe(one)}`),
    ...runsAreWatched(
      alarms.map(([, alarm]) => alarm),
      resources,
    ),
    ...dashboardProblems(resources, facts),
  ];
}

function problemsOf(id: string, alarm: Properties, { stage, anchors }: AlarmFacts): string[] {
  const { AlarmActions = [], OKActions = [], AlarmDescription = "", AlarmName, ActionsEnabled = true } = alarm;
  const [, anchor] = /docs\/operating\.md#([\w-]+)$/.exec(String(AlarmDescription)) ?? [];
  return [
    ...((AlarmActions as unknown[]).length > 0 && ActionsEnabled === true ? [] : [`${id} tells nobody`]),
    ...((OKActions as unknown[]).length > 0 ? [] : [`${id} tells nobody that it is over`]),
    ...(anchor !== undefined && String(AlarmDescription).length >= 100 ? [] : [`${id} does not say what to do`]),
    ...(anchor === undefined || anchors.includes(anchor)
      ? []
      : [`${id} refers to a section that does not exist: ${anchor}`]),
    ...(String(AlarmName) === `image-tasks-${stage}-${String(anchor)}` ? [] : [`${id} is not named like its section`]),
    ...(alarm["TreatMissingData"] === undefined ? [`${id} does not say what missing data means`] : []),
  ];
}

/** An alarm sums up at most ten metrics. A reader who does not get the page loads it again. */
const throttledUnnoticed = new Set(["PageLambdaFunction"]);

/** Whatever can fail, as the metric that says so. */
function failuresOf(resources: Resources, stage: string): Metric[] {
  const one = (namespace: string, name: string, ...dimensions: string[]): Metric => ({ namespace, name, dimensions });
  return [
    ...ofType(resources, "AWS::Lambda::Function").flatMap(([id]) =>
      (throttledUnnoticed.has(id) ? ["Errors"] : ["Errors", "Throttles"]).map((name) =>
        one("AWS/Lambda", name, `FunctionName=${id}`),
      ),
    ),
    ...ofType(resources, "AWS::Events::Rule").map(([id]) => one("AWS/Events", "FailedInvocations", `RuleName=${id}`)),
    ...ofType(resources, "AWS::SQS::Queue").map(([id]) =>
      one("AWS/SQS", "ApproximateNumberOfMessagesVisible", `QueueName=${id}`),
    ),
    ...ofType(resources, "AWS::ApiGatewayV2::Api").map(([id]) => one("AWS/ApiGateway", "5xx", `ApiId=${id}`)),
    ...operations.map((operation) =>
      one("AWS/DynamoDB", "ThrottledRequests", `TableName=${tableNameOf(resources)}`, `Operation=${operation}`),
    ),
    ...watchedMetrics.map((name) => one("image-tasks", name, `Stage=${stage}`)),
  ];
}

/** The functions know it, also when the stack does not own the table. */
function tableNameOf(resources: Resources): string {
  const [[, sweep] = ["", {}]] = ofType(resources, "AWS::Lambda::Function");
  return String(objectAt(sweep, "Environment", "Variables")["TABLE_NAME"]);
}

function metricsOf(alarm: Properties, resources: Resources): Metric[] {
  const parts = Array.isArray(alarm["Metrics"]) ? alarm["Metrics"] : [{ MetricStat: { Metric: alarm } }];
  return parts.flatMap((part) => {
    const { Namespace, MetricName, Dimensions = [] } = objectAt(part, "MetricStat", "Metric");
    if (MetricName === undefined) return [];
    const dimensions = (Dimensions as { Name: string; Value: unknown }[]).map(
      ({ Name, Value }) => `${Name}=${referred(Value, resources)}`,
    );
    return [{ namespace: String(Namespace), name: String(MetricName), dimensions }];
  });
}

function referred(value: unknown, resources: Resources): string {
  if (typeof value === "string") return value;
  const { Ref, "Fn::GetAtt": attribute } = objectAt(value);
  const id = String(Ref ?? [attribute].flat()[0]);
  if (!(id in resources)) throw new Error(`an alarm refers to ${id}, which does not exist`);
  return id;
}

function isSame(a: Metric, b: Metric): boolean {
  return describe(a) === describe(b);
}

function describe({ namespace, name, dimensions }: Metric): string {
  return `${namespace} ${name} of ${dimensions.toSorted().join(", ")}`;
}

/** A metric that nobody writes never raises an alarm, and without the stage, another stage raises it. */
function strange(id: string, metric: Metric, { stage, ownMetrics }: AlarmFacts): string[] {
  if (metric.namespace !== "image-tasks") return [];
  return [
    ...(ownMetrics.includes(metric.name) ? [] : [`${id} reads ${metric.name}, which nobody writes`]),
    ...(metric.dimensions.join() === `Stage=${stage}` ? [] : [`${id} reads the metric of every stage`]),
  ];
}

/** A sweep that never starts writes no error. */
function runsAreWatched(alarms: readonly Properties[], resources: Resources): string[] {
  const found = alarms.some((alarm) => {
    const [metric] = metricsOf(alarm, resources);
    const isRuns =
      metric !== undefined && describe(metric) === "AWS/Lambda Invocations of FunctionName=SweepLambdaFunction";
    return isRuns && alarm["TreatMissingData"] === "breaching" && alarm["ComparisonOperator"] === "LessThanThreshold";
  });
  return found ? [] : ["no alarm for sweeps that do not start"];
}

function dashboardProblems(resources: Resources, { stage, ownMetrics }: AlarmFacts): string[] {
  const dashboards = ofType(resources, "AWS::CloudWatch::Dashboard");
  if (dashboards.length !== 1) return [`there are ${dashboards.length} dashboards`];
  const [[id, { DashboardBody }] = ["", {}]] = dashboards;
  const text = String(objectAt(DashboardBody)["Fn::Sub"]);
  const missing = [...text.matchAll(/\$\{(\w+)\}/g)].flatMap(([, name = ""]) =>
    name in resources ? [] : [`${id} refers to ${name}, which does not exist`],
  );
  const body: unknown = JSON.parse(text.replaceAll(/\$\{[^}]*\}/g, "x"));
  const metrics = (objectAt(body)["widgets"] as object[]).flatMap(
    (widget) => (objectAt(widget, "properties")["metrics"] ?? []) as unknown[][],
  );
  const own = metrics.filter(([namespace]) => namespace === "image-tasks");
  return [
    ...missing,
    ...own.flatMap(([, name, dimension, value]) => [
      ...(ownMetrics.includes(String(name)) ? [] : [`${id} shows ${String(name)}, which nobody writes`]),
      ...(dimension === "Stage" && value === stage ? [] : [`${id} shows ${String(name)} of every stage`]),
    ]),
  ];
}
