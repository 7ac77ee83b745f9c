import { openApiDocument } from "../lib/contract/openapi-document.ts";
import { http, refuseParameters, revalidated } from "../lib/http.ts";
import { createHttpWorld } from "../lib/http-world.ts";

const document = openApiDocument();

/** GET /openapi.json */
export const handler = http(createHttpWorld(process.env), async (event) => {
  refuseParameters(event);
  return revalidated(event, document);
});
