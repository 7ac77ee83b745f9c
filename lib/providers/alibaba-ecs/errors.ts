import { ecsErrors } from "../shared/ecs/errors.ts";

/**
 * ECS counts calls per calendar minute, so a throttled call waits for the next one.
 * @see https://www.alibabacloud.com/help/doc-detail/437902
 */
export const alibabaErrors = ecsErrors("next-minute");
