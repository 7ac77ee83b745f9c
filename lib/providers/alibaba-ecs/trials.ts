import { ProviderError } from "../../domain/errors.ts";
import { listOne } from "../../domain/trial.ts";
import type { Trial } from "../../domain/trial.ts";

/** Well-formed, but far shorter than the ids that ECS gives: no task has it. */
const nobody = "t-nobody";

/** @see https://www.alibabacloud.com/help/en/ecs/developer-reference/api-ecs-2014-05-26-describetasks */
export const alibabaTrials: readonly Trial[] = [
  { api: "DescribeTasks", grant: grant("ecs:DescribeTasks"), attempt: listOne },
  {
    api: "DescribeTaskAttribute",
    grant: grant("ecs:DescribeTaskAttribute"),
    attempt: async (provider, signal) => void (await provider.get(nobody, signal)),
  },
  {
    api: "CancelTask",
    grant: grant("ecs:CancelTask"),
    neededTo: "cancel tasks",
    async attempt({ cancel }, signal) {
      try {
        await cancel?.(nobody, signal);
      } catch (error) {
        // Permissions are checked first, so a complaint about the id shows that the call is allowed.
        if (!(error instanceof ProviderError && error.scope === "id")) throw error;
      }
    },
  },
];

function grant(action: string): string {
  return `"${action}" in the RAM policy`;
}
