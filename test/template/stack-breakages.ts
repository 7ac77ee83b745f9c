import type { Template } from "./packaged-template.ts";

/** One way to break the stack, and the breach that must be found then. */
export interface Breakage {
  readonly what: string;
  readonly breach: string;
  /** From the resources, or from `Outputs`, to what changes. Numbers are places in lists. */
  readonly path: string;
  /** The new value. Without one, what is there is removed. */
  readonly to?: unknown;
  /** The stack that is broken. Default `plain`. */
  readonly form?: "plain" | "full";
}

/** A copy of the template in which one place is different. */
export function broken(template: Template, path: string, to: unknown): Template {
  const copy = structuredClone(template);
  const steps = path.split(".");
  const last = steps.pop() ?? "";
  const start: unknown = steps[0] === "Outputs" ? copy : copy.Resources;
  const place = steps.reduce<unknown>((inside, step) => member(inside, step), start);
  if (to !== undefined) Object.assign(Object(place), { [last]: to });
  else if (member(place, last) === undefined) throw new Error(`there is nothing at ${path}`);
  else if (Array.isArray(place)) place.splice(Number(last), 1);
  else Reflect.deleteProperty(Object(place), last);
  return copy;
}

function member(inside: unknown, name: string): unknown {
  return (Object(inside) as Record<string, unknown>)[name];
}

function dashboardOf(metric: readonly string[]): unknown {
  return { "Fn::Sub": JSON.stringify({ widgets: [{ properties: { metrics: [metric] } }] }) };
}

export const breakages: readonly Breakage[] = [
  {
    what: "an action is a wildcard",
    breach: "ListRole allows the wildcard dynamodb:*",
    path: "ListRole.Properties.Policies.0.PolicyDocument.Statement.0.Action.0",
    to: "dynamodb:*",
  },
  {
    what: "a role is for everything",
    breach: "SweepRole allows logs:PutLogEvents on everything",
    path: "SweepRole.Properties.Policies.0.PolicyDocument.Statement.0.Resource",
    to: "*",
  },
  {
    what: "a role has a managed policy",
    breach: "GetRole has managed policies",
    path: "GetRole.Properties.ManagedPolicyArns",
    to: ["arn:aws:iam::aws:policy/AdministratorAccess"],
  },
  {
    what: "everybody may write dead letters",
    breach: "SweepDeadLettersPolicy lets everybody in",
    path: "SweepDeadLettersPolicy.Properties.PolicyDocument.Statement.0.Principal",
    to: "*",
  },
  {
    what: "services may send alarms for every account",
    breach: "AlarmTopicPolicy lets a service in for every account",
    path: "AlarmTopicPolicy.Properties.PolicyDocument.Statement.0.Condition",
  },
  {
    what: "the queue takes connections without TLS",
    breach: "SweepDeadLettersPolicy allows connections without TLS",
    path: "SweepDeadLettersPolicy.Properties.PolicyDocument.Statement.1",
  },
  { what: "the topic has no policy", breach: "AWS::SNS::Topic has no policy", path: "AlarmTopicPolicy" },
  {
    what: "the table has no KMS key",
    breach: "LedgerTable is not encrypted as it should be",
    path: "LedgerTable.Properties.SSESpecification",
  },
  {
    what: "the queue is not encrypted",
    breach: "SweepDeadLetters is not encrypted as it should be",
    path: "SweepDeadLetters.Properties.SqsManagedSseEnabled",
  },
  {
    what: "the queue lacks the given key",
    breach: "SweepDeadLetters is not encrypted as it should be",
    path: "SweepDeadLetters.Properties.KmsMasterKeyId",
    form: "full",
  },
  {
    what: "a log lacks the given key",
    breach: "TrackLogGroup is not encrypted as it should be",
    path: "TrackLogGroup.Properties.KmsKeyId",
    form: "full",
  },
  {
    what: "deployments are public",
    breach: "ServerlessDeploymentBucket does not block public access",
    path: "ServerlessDeploymentBucket.Properties.PublicAccessBlockConfiguration",
  },
  {
    what: "the table goes with the stack",
    breach: "LedgerTable goes with its stack",
    path: "LedgerTable.DeletionPolicy",
    to: "Delete",
  },
  {
    what: "the table is unprotected",
    breach: "LedgerTable can be deleted by mistake",
    path: "LedgerTable.Properties.DeletionProtectionEnabled",
  },
  {
    what: "the table has no backups",
    breach: "LedgerTable cannot be restored",
    path: "LedgerTable.Properties.PointInTimeRecoverySpecification",
  },
  {
    what: "items never expire",
    breach: "LedgerTable keeps its items forever",
    path: "LedgerTable.Properties.TimeToLiveSpecification",
  },
  {
    what: "the archive never forgets",
    breach: "EventArchive keeps events forever",
    path: "EventArchive.Properties.RetentionDays",
  },
  { what: "there is no archive", breach: "EventBus has no archive", path: "EventArchive" },
  {
    what: "a log never ends",
    breach: "HttpApiLogGroup is kept forever",
    path: "HttpApiLogGroup.Properties.RetentionInDays",
  },
  {
    what: "a function has no log group",
    breach: "HealthLambdaFunction has no log group of its own, so its log is kept forever",
    path: "HealthLogGroup",
  },
  {
    what: "the schedule is off",
    breach: "SweepSchedule is not enabled",
    path: "SweepSchedule.Properties.State",
    to: "DISABLED",
  },
  {
    what: "the schedule does not retry",
    breach: "SweepSchedule has no retry policy",
    path: "SweepSchedule.Properties.Targets.0.RetryPolicy",
  },
  {
    what: "the schedule has no dead letters",
    breach: "SweepSchedule has no queue for dead letters",
    path: "SweepSchedule.Properties.Targets.0.DeadLetterConfig",
  },
  {
    what: "the queue takes no dead letters",
    breach: "SweepSchedule may not write dead letters",
    path: "SweepDeadLettersPolicy.Properties.PolicyDocument.Statement.0.Condition",
    to: {},
  },
  {
    what: "the schedule lacks its permission",
    breach: "SweepSchedule may not invoke its function",
    path: "SweepSchedulePermission",
  },
  {
    what: "a call may take longer than the gateway waits",
    breach: "GetLambdaFunction may run too long",
    path: "GetLambdaFunction.Properties.Timeout",
    to: 60,
  },
  {
    what: "sweeps have no concurrency of their own",
    breach: "SweepLambdaFunction has no reserved concurrency",
    path: "SweepLambdaFunction.Properties.ReservedConcurrentExecutions",
  },
  {
    what: "a function is not traced",
    breach: "ListLambdaFunction is not traced",
    path: "ListLambdaFunction.Properties.TracingConfig",
  },
  {
    what: "a variable is forgotten",
    breach: "TrackLambdaFunction lacks the variable RETENTION_DAYS",
    path: "TrackLambdaFunction.Properties.Environment.Variables.RETENTION_DAYS",
  },
  {
    what: "the sweep does not know its stage",
    breach: "SweepLambdaFunction lacks the variable STAGE",
    path: "SweepLambdaFunction.Properties.Environment.Variables.STAGE",
  },
  {
    what: "a variable has no reader",
    breach: "ListLambdaFunction does not read LOCAL_MODE",
    path: "ListLambdaFunction.Properties.Environment.Variables.LOCAL_MODE",
    to: "true",
  },
  {
    what: "calls are not logged",
    breach: "HttpApiStage has no access log",
    path: "HttpApiStage.Properties.AccessLogSettings",
  },
  {
    what: "the access log does not name the caller",
    breach: "HttpApiStage does not log identity.userArn",
    path: "HttpApiStage.Properties.AccessLogSettings.Format",
    to: "$context.requestId $context.routeKey",
  },
  {
    what: "the access log has ids",
    breach: "HttpApiStage logs what may be confidential",
    path: "HttpApiStage.Properties.AccessLogSettings.Format",
    to: "$context.requestId $context.path",
  },
  {
    what: "calls are not throttled",
    breach: "HttpApiStage is not throttled",
    path: "HttpApiStage.Properties.DefaultRouteSettings.ThrottlingRateLimit",
  },
  {
    what: "stages share a queue",
    breach: "SweepDeadLetters has a name without the stage: image-tasks-dead-letters",
    path: "SweepDeadLetters.Properties.QueueName",
    to: "image-tasks-dead-letters",
  },
  {
    what: "stages share a dashboard",
    breach: "Dashboard has a name without the stage: image-tasks-${AWS::Region}",
    path: "Dashboard.Properties.DashboardName",
    to: { "Fn::Sub": "image-tasks-${AWS::Region}" },
  },
  {
    what: "stages share a registry",
    breach: "SchemaRegistry has a name without the stage: image-tasks",
    path: "SchemaRegistry.Properties.RegistryName",
    to: "image-tasks",
  },
  {
    what: "stages export the same name",
    breach: "HttpApiUrl is exported without the stage",
    path: "Outputs.HttpApiUrl.Export",
    to: { Name: "image-tasks-url" },
  },
  {
    what: "an alarm tells nobody",
    breach: "PendingEventsAlarm tells nobody",
    path: "PendingEventsAlarm.Properties.AlarmActions",
    to: [],
  },
  {
    what: "an alarm is switched off",
    breach: "SweepFailedAlarm tells nobody",
    path: "SweepFailedAlarm.Properties.ActionsEnabled",
    to: false,
  },
  {
    what: "the end of an alarm is not told",
    breach: "ApiErrorsAlarm tells nobody that it is over",
    path: "ApiErrorsAlarm.Properties.OKActions",
  },
  {
    what: "an alarm does not say what to do",
    breach: "DeadLettersAlarm does not say what to do",
    path: "DeadLettersAlarm.Properties.AlarmDescription",
    to: "Dead letters",
  },
  {
    what: "an alarm refers to a section that is gone",
    breach: "ClockSkewAlarm refers to a section that does not exist: clocks",
    path: "ClockSkewAlarm.Properties.AlarmDescription",
    to: "See docs/operating.md#clocks",
  },
  {
    what: "sweeps that do not start go unnoticed",
    breach: "no alarm for sweeps that do not start",
    path: "SweepNotRunAlarm.Properties.TreatMissingData",
    to: "missing",
  },
  {
    what: "failed sweeps go unnoticed",
    breach: "no alarm for AWS/Lambda Errors of FunctionName=SweepLambdaFunction",
    path: "SweepFailedAlarm",
  },
  {
    what: "errors of a function go unnoticed",
    breach: "no alarm for AWS/Lambda Errors of FunctionName=ListLambdaFunction",
    path: "FunctionErrorsAlarm.Properties.Metrics.1",
  },
  {
    what: "throttles of the sweep go unnoticed",
    breach: "no alarm for AWS/Lambda Throttles of FunctionName=SweepLambdaFunction",
    path: "FunctionThrottlesAlarm",
  },
  {
    what: "dead letters go unnoticed",
    breach: "no alarm for AWS/SQS ApproximateNumberOfMessagesVisible of QueueName=SweepDeadLetters",
    path: "DeadLettersAlarm",
  },
  {
    what: "a broken schedule goes unnoticed",
    breach: "no alarm for AWS/Events FailedInvocations of RuleName=SweepSchedule",
    path: "ScheduleFailedAlarm",
  },
  {
    what: "a throttled ledger goes unnoticed",
    breach: "no alarm for AWS/DynamoDB ThrottledRequests of Operation=PutItem, TableName=image-tasks-dev",
    path: "LedgerThrottlesAlarm",
  },
  {
    what: "failing answers go unnoticed",
    breach: "no alarm for AWS/ApiGateway 5xx of ApiId=HttpApi",
    path: "ApiErrorsAlarm",
  },
  {
    what: "a target that is behind goes unnoticed",
    breach: "no alarm for image-tasks behind of Stage=dev",
    path: "TargetBehindAlarm",
  },
  {
    what: "an alarm reads the metric of every stage",
    breach: "PendingEventsAlarm reads the metric of every stage",
    path: "PendingEventsAlarm.Properties.Dimensions",
    to: [],
  },
  {
    what: "an alarm reads what nobody writes",
    breach: "TargetBehindAlarm reads late, which nobody writes",
    path: "TargetBehindAlarm.Properties.MetricName",
    to: "late",
  },
  {
    what: "the dashboard refers to nothing",
    breach: "Dashboard refers to SweepLogGroup, which does not exist",
    path: "SweepLogGroup",
  },
  {
    what: "the dashboard shows what nobody writes",
    breach: "Dashboard shows late, which nobody writes",
    path: "Dashboard.Properties.DashboardBody",
    to: dashboardOf(["image-tasks", "late", "Stage", "dev"]),
  },
  {
    what: "the dashboard shows another stage",
    breach: "Dashboard shows behind of every stage",
    path: "Dashboard.Properties.DashboardBody",
    to: dashboardOf(["image-tasks", "behind"]),
  },
];
