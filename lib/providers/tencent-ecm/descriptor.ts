import * as z from "zod/mini";
import { describeProvider } from "../descriptor.ts";
import { createTencentEcm } from "./client.ts";
import { ecmErrors } from "./errors.ts";
import { ecmTrials } from "./trials.ts";

/** Tencent Cloud Edge Computing Machine. */
export const tencentEcm = describeProvider({
  name: "tencent-ecm",
  endpointHosts: ["ecm.tencentcloudapi.com", "ecm.*.tencentcloudapi.com"],
  callsPerSecond: 10,
  // A call takes one id. The batch size is the number of calls that the API allows per second.
  capabilities: { batchSize: 20, listsWithoutIds: false, reportsProgress: false, cancels: false, filtersByTime: false },
  errors: ecmErrors,
  // The API has no codes for a failed import, and its documentation lists no messages.
  failures: [],
  trials: ecmTrials,
  connection: {
    /** The time zone assumed for the provider's times, which have none. */
    timeZone: z.optional(z.string().check(z.regex(/^[+-](0\d|1[0-4]):[0-5]\d$/, "must be an offset such as +08:00"))),
  },
  credential: {
    secretId: z.string(),
    secretKey: z.string(),
    /** Only for temporary credentials. */
    token: z.optional(z.string()),
  },
  regionsOf: () => ["global"],
  create: ({ timeZone = "+08:00" }, { endpoint, call, clock, credential }) =>
    createTencentEcm({ endpoint, timeZone }, { call, clock, credential }),
});
