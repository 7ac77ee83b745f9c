import * as z from "zod/mini";
import { describeProvider } from "../descriptor.ts";
import { createTencentEcm } from "./client.ts";

/** Tencent Cloud Edge Computing Machine. */
export const tencentEcm = describeProvider({
  name: "tencent-ecm",
  endpointHosts: ["*.tencentcloudapi.com"],
  callsPerSecond: 10,
  // A call takes one id; the batch is how many calls the API allows in a second.
  capabilities: { batchSize: 20, listsWithoutIds: false, reportsProgress: false, cancels: false },
  connection: {
    /** What the provider's zone-less times are read as. */
    timeZone: z.optional(z.string().check(z.regex(/^[+-](0\d|1[0-4]):[0-5]\d$/, "must be an offset such as +08:00"))),
  },
  credential: {
    secretId: z.string(),
    secretKey: z.string(),
    /** Of temporary credentials only. */
    token: z.optional(z.string()),
  },
  regionsOf: () => ["global"],
  create: ({ timeZone = "+08:00" }, { endpoint, call, clock, credential }) =>
    createTencentEcm({ endpoint, timeZone }, { call, clock, credential }),
});
