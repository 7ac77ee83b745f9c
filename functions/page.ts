import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { pageAnswer } from "../lib/http/page.ts";
import type { BuiltPage } from "../lib/http/page.ts";

/** The build puts the page here, so that the bundle is all there is to deploy. */
declare const BUILT_PAGE: BuiltPage;

/** GET / */
export async function handler(event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  return pageAnswer(BUILT_PAGE, event);
}
