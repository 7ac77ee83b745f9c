import * as z from "zod/mini";
import { Regions } from "../connection.ts";
import { describeProvider } from "../descriptor.ts";
import { countedFailures, ecsFailures } from "../shared/ecs/failures.ts";
import { batchSize } from "../shared/ecs/find-tasks.ts";
import { createAlibabaEcs } from "./client.ts";
import { alibabaErrors } from "./errors.ts";
import { alibabaTrials } from "./trials.ts";

/** Alibaba Cloud ECS. */
export const alibabaEcs = describeProvider({
  name: "alibaba-ecs",
  // Other hosts under aliyuncs.com belong to other services, and some of them to other customers.
  endpointHosts: ["ecs.aliyuncs.com", "ecs-cn-hangzhou.aliyuncs.com", "ecs.*.aliyuncs.com", "ecs-vpc.*.aliyuncs.com"],
  callsPerSecond: 5,
  capabilities: { batchSize, listsWithoutIds: true, reportsProgress: true, cancels: true },
  errors: alibabaErrors,
  failures: [...ecsFailures, ...countedFailures],
  trials: alibabaTrials,
  connection: { regions: Regions },
  credential: {
    accessKeyId: z.string(),
    accessKeySecret: z.string(),
    /** Only for temporary credentials. */
    securityToken: z.optional(z.string()),
  },
  regionsOf: ({ regions }) => regions,
  create: (_members, { region, endpoint, ...deps }) => createAlibabaEcs({ region, endpoint }, deps),
});
