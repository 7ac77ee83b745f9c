interface Group {
  /** What to change. No comma in a glob, since commas separate them on the command line. */
  readonly mutate: readonly string[];
  /** The tests beside it. */
  readonly tests: readonly string[];
}

/** The parts of the product that `npm run mutate` changes, as globs. */
export const groups = {
  domain: { mutate: ["lib/domain/*.ts"], tests: ["test/lib/domain/*.test.ts"] },
  transport: {
    mutate: ["lib/transport/http-date.ts", "lib/transport/retry-after.ts", "lib/transport/signing/*.ts"],
    tests: ["test/lib/transport/{http-date,retry-after,signing/{acs3,tc3,x-ca}}.test.ts"],
  },
  ledger: { mutate: ["lib/ledger/dynamodb-ledger.ts", "lib/ledger/items.ts"], tests: ["test/lib/ledger/*.test.ts"] },
  providers: {
    mutate: ["lib/providers/*.ts"],
    tests: ["test/lib/providers/!(fifth-cloud).test.ts", "test/lib/config/{connections,secrets}.test.ts"],
  },
  shared: {
    mutate: ["lib/providers/shared/**/*.ts"],
    tests: ["test/lib/providers/{shared,alibaba-ecs}/**/*.test.ts", "test/lib/providers/error-codes.test.ts"],
  },
  "alibaba-ecs": {
    mutate: ["lib/providers/alibaba-ecs/*.ts"],
    tests: ["test/lib/providers/{alibaba-ecs/*,error-codes}.test.ts"],
  },
  "apsara-route": {
    mutate: ["lib/providers/apsara-route/*.ts"],
    tests: ["test/lib/providers/{apsara-route/*,error-codes}.test.ts"],
  },
  "tencent-ecm": {
    mutate: ["lib/providers/tencent-ecm/*.ts"],
    tests: ["test/lib/providers/{tencent-ecm/*,error-codes}.test.ts"],
  },
  sweep: {
    mutate: ["lib/sweep/*.ts", "!lib/sweep/scheduled.ts"],
    tests: ["test/lib/sweep/!(scheduled|random-faults|earlier-ledger|passing-trouble).test.ts"],
  },
  subscriber: { mutate: ["lib/subscriber/*.ts"], tests: ["test/lib/subscriber/*.test.ts"] },
} as const satisfies Readonly<Record<string, Group>>;

export type GroupName = keyof typeof groups;

/** Tests of other parts, which also see what the groups do. */
const others = ["test/lib/{doctor,http,list}/!(*.property).test.ts", "test/lib/sweep/passing-trouble.test.ts"];

export function isGroupName(name: string): name is GroupName {
  return Object.hasOwn(groups, name);
}

/** The tests of one group, or else all. */
export function testsOf(name: string): string[] {
  if (isGroupName(name)) return [...groups[name].tests];
  return [...new Set([...Object.values(groups).flatMap(({ tests }) => tests), ...others])];
}
