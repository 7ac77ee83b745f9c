import * as z from "zod/mini";
import { listOne } from "../../domain/trial.ts";
import { Regions } from "../connection.ts";
import { describeProvider } from "../descriptor.ts";
import { batchSize } from "../shared/ecs/find-tasks.ts";
import { createApsaraRoute } from "./client.ts";
import { apsaraErrors } from "./errors.ts";
import { apsaraFailures } from "./failures.ts";

/** An Apsara Stack behind its route gateway. */
export const apsaraRoute = describeProvider({
  name: "apsara-route",
  endpointHosts: ["*.apigateway.res.openbill.com"],
  endpointMayHavePath: true,
  callsPerSecond: 5,
  capabilities: { batchSize, listsWithoutIds: true, reportsProgress: false, cancels: false },
  errors: apsaraErrors,
  failures: apsaraFailures,
  trials: [
    {
      api: "DescribeTasks",
      grant: "/apsara/route/Ecs/DescribeTasks for the app in the gateway, and ecs:DescribeTasks for its user",
      attempt: listOne,
    },
  ],
  connection: {
    regions: Regions,
    /** Each stack has its own gateway. */
    endpoint: z.string(),
    /**
     * The gateway user that requests are made on behalf of. It is sent as a header, which carries visible ASCII only:
     * https://www.rfc-editor.org/rfc/rfc9110#section-5.5
     */
    userEmail: z
      .string()
      .check(
        z.regex(/^[^\s@]+@[^\s@]+$/, "must be an e-mail address"),
        z.regex(/^[!-~]*$/, "must have only visible ASCII characters, because it is sent as a header"),
        z.maxLength(254, "must have at most 254 characters"),
      ),
    stage: z.optional(z.enum(["RELEASE", "PRE", "TEST"])),
    version: z.optional(z.string().check(z.regex(/^\d{4}-\d{2}-\d{2}$/, "must be a date such as 2016-01-01"))),
    /**
     * What `Finished` means for an import or export without counts and sub-operations. Absent: the outcome is unknown.
     */
    finishedWithoutDetail: z.optional(z.literal("succeeded")),
  },
  credential: { appKey: z.string(), appSecret: z.string() },
  regionsOf: ({ regions }) => regions,
  create({ endpoint, userEmail, stage, version, finishedWithoutDetail }, { region, call, clock, credential }) {
    const gateway = { region, endpoint: new URL(endpoint), userEmail, stage, version };
    return createApsaraRoute({ ...gateway, finishedWithoutDetail }, { call, clock, credential });
  },
});
