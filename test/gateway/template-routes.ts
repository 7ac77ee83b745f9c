import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import * as z from "zod/mini";

/** A route of the template: `GET /tasks/{id}`, or `* *` for the fallback. */
export interface TemplateRoute {
  readonly functionName: string;
  readonly method: string;
  readonly path: string;
}

const Events = z.array(z.object({ httpApi: z.optional(z.object({ method: z.string(), path: z.string() })) }));
const Template = z.object({
  custom: z.object({ pageByAuth: z.record(z.string(), Events) }),
  functions: z.record(
    z.string(),
    // The sweep has none: its schedule is a resource.
    z.object({ events: z._default(z.union([Events, z.literal("${self:custom.pageByAuth.${self:custom.auth}}")]), []) }),
  ),
});

/** Of every way to authorize callers together: those of the page exist only with tokens. */
export async function readTemplateRoutes(): Promise<readonly TemplateRoute[]> {
  const text = await readFile(new URL("../../serverless.yml", import.meta.url), "utf8");
  // The parser does not know CloudFormation's short tags (!Ref, !GetAtt); the functions use none.
  const { custom, functions } = Template.parse(parse(text, { logLevel: "error" }));
  const eventsOfPage = custom.pageByAuth["jwt"] ?? [];
  return Object.entries(functions).flatMap(([functionName, { events }]) =>
    (typeof events === "string" ? eventsOfPage : events).flatMap(({ httpApi }) =>
      httpApi === undefined ? [] : [{ functionName, ...httpApi }],
    ),
  );
}
