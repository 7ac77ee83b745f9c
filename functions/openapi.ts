import { coldStart } from "../lib/http/cold-start.ts";
import { createHttpDependencies } from "../lib/http/http-dependencies.ts";
import { http, refuseParameters, revalidated } from "../lib/http/http.ts";
import { openApiDocument } from "../lib/openapi/openapi-document.ts";

const document = openApiDocument();

/** GET /openapi.json */
export const handler = coldStart(process.env, () =>
  http(createHttpDependencies(process.env), async (event) => {
    refuseParameters(event);
    return revalidated(event, document);
  }),
);
