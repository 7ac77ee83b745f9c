/** What a stage costs in a month without news. The tables of `docs/operating.md` are computed here. */

/** What AWS bills for one sweep of one target that has running tasks and no news. */
export const callsOfTarget = {
  "dynamodb:GetItem": 1,
  "dynamodb:Query": 5,
  "dynamodb:BatchGetItem": 2,
  /** The lease is taken and given back, and calls of two APIs are reserved. */
  "dynamodb:PutItem": 4,
} as const;
/** The list of targets. */
export const callsOfSweep = { "dynamodb:GetItem": 1 } as const;

/** From the template and from the code. */
export interface CostFacts {
  readonly metrics: number;
  readonly alarmMetrics: number;
  readonly dashboards: number;
  /** The length of the log line of one target. */
  readonly logBytes: number;
}

/** US dollars in us-east-1, without free tiers. @see https://aws.amazon.com/pricing/ */
const prices = {
  lambdaGbSecond: 0.0000133334,
  lambdaRequest: 0.2e-6,
  dynamoDbRead: 0.125e-6,
  dynamoDbWrite: 0.625e-6,
  logGb: 0.5,
  metric: 0.3,
  alarmMetric: 0.1,
  dashboard: 3,
  trace: 5e-6,
} as const;
/** Prices change rarely, and mostly fall. */
const pricesAsOf = "2025";

const sweeps = 730 * 60;
const memoryGb = 0.5;
/** An assumption. Most of it is spent waiting for the cloud. */
const secondsOfTarget = 2;
const targetsAtOnce = 8;
/** Lambda's own lines about one invocation. */
const platformLogBytes = 500;

/** Half a unit for a read of an index, which is never strongly consistent. */
const readUnits =
  callsOfTarget["dynamodb:GetItem"] + callsOfTarget["dynamodb:Query"] / 2 + callsOfTarget["dynamodb:BatchGetItem"];

function costRows(targets: number, facts: CostFacts): readonly (readonly [what: string, dollars: number])[] {
  const seconds = secondsOfTarget * Math.ceil(targets / targetsAtOnce);
  const reads = callsOfSweep["dynamodb:GetItem"] + targets * readUnits;
  const writes = targets * callsOfTarget["dynamodb:PutItem"];
  return [
    ["Lambda", sweeps * (prices.lambdaRequest + seconds * memoryGb * prices.lambdaGbSecond)],
    ["DynamoDB requests", sweeps * (reads * prices.dynamoDbRead + writes * prices.dynamoDbWrite)],
    ["Logs", ((sweeps * (targets * facts.logBytes + platformLogBytes)) / 1e9) * prices.logGb],
    ["Metrics", facts.metrics * prices.metric],
    ["Alarms", facts.alarmMetrics * prices.alarmMetric],
    ["Dashboard", facts.dashboards * prices.dashboard],
    ["Traces", sweeps * prices.trace],
  ];
}

/** The section of the document after its mark. */
export function costTables(facts: CostFacts): string {
  const sizes = [1, 10, 100];
  const columns = sizes.map((targets) => costRows(targets, facts));
  const [names = []] = columns;
  const rows = names.map(([what], row) => [what, ...columns.map((column) => money(column[row]?.[1] ?? 0))]);
  const totals = columns.map((column) => money(column.reduce((sum, [, dollars]) => sum + dollars, 0)));
  const heads = ["US dollars a month", ...sizes.map((targets) => `${targets} ${targets === 1 ? "target" : "targets"}`)];
  const table = [heads, heads.map(() => "---"), ...rows, ["**Together**", ...totals]];
  return [
    ...table.map((cells) => `| ${cells.join(" | ")} |`),
    "",
    `With the list prices of us-east-1 from ${pricesAsOf}, and without free tiers. For \`n\` targets:`,
    "",
    `- **Sweeps**: ${sweeps.toLocaleString("en")} a month (\`730 × 60\`), each with 512 MB for \`${secondsOfTarget} × ⌈n / ${targetsAtOnce}⌉\` seconds.`,
    `  The ${secondsOfTarget} seconds are an assumption, because most of the time is spent waiting for the cloud.`,
    `- **DynamoDB**: \`1 + ${readUnits} × n\` read units and \`${callsOfTarget["dynamodb:PutItem"]} × n\` write units for each sweep.`,
    `- **Logs**: ${facts.logBytes} bytes for each target and ${platformLogBytes} for the invocation. \`LOG_LEVEL\` changes little.`,
    `- **Metrics and alarms**: ${facts.metrics} metrics, and ${facts.alarmMetrics} metrics that alarms read, however many targets there are.`,
    "",
  ].join("\n");
}

function money(dollars: number): string {
  return dollars.toFixed(2);
}
