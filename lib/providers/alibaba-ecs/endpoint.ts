/**
 * The regional host. All public regions follow one rule, except those with a special host, which need an override.
 * Throws `RangeError` for a malformed region, so that it never becomes part of a host name.
 * @see https://www.alibabacloud.com/help/en/ecs/developer-reference/api-ecs-2014-05-26-endpoint
 */
export function regionalEndpoint(region: string): URL {
  if (!/^[a-z0-9-]+$/.test(region)) throw new RangeError("an ECS region has only a-z, 0-9 and '-'");
  return new URL(`https://ecs.${region}.aliyuncs.com/`);
}
