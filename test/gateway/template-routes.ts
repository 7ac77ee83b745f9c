import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import * as z from "zod/mini";

/** A route of the template: `GET /tasks/{id}`, or `* *` for the fallback. */
export interface TemplateRoute {
  readonly functionName: string;
  readonly method: string;
  readonly path: string;
}

const Template = z.object({
  functions: z.record(
    z.string(),
    z.object({
      events: z.array(z.object({ httpApi: z.optional(z.object({ method: z.string(), path: z.string() })) })),
    }),
  ),
});

export async function readTemplateRoutes(): Promise<readonly TemplateRoute[]> {
  const text = await readFile(new URL("../../serverless.yml", import.meta.url), "utf8");
  // The parser does not know CloudFormation's short tags (!Ref, !GetAtt); the functions use none.
  const { functions } = Template.parse(parse(text, { logLevel: "error" }));
  return Object.entries(functions).flatMap(([functionName, { events }]) =>
    events.flatMap(({ httpApi }) => (httpApi === undefined ? [] : [{ functionName, ...httpApi }])),
  );
}
