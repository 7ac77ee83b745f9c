import * as z from "zod/mini";
import type { Resources } from "./packaged-template.ts";
import { functionRoles } from "./role-grants.ts";

interface Scopes {
  readonly read: string;
  readonly write: string;
}

const defaultScopes: Scopes = { read: "tasks:read", write: "tasks:write" };

/**
 * Finds every way into the deployed service without authentication, except to the page; empty if there is none. Anything
 * not known to be closed counts as open.
 */
export function openDoors(resources: Resources, scopes = defaultScopes): string[] {
  return Object.entries(resources).flatMap(([name, { Type, Properties }]) => {
    switch (Type) {
      case "AWS::ApiGatewayV2::Route":
        return routeIsShut(Properties, resources, scopes) || routeShowsPage(Properties, resources)
          ? []
          : [`${String(Properties["RouteKey"])} asks for too little`];
      case "AWS::ApiGatewayV2::Api":
        return Properties["CorsConfiguration"] === undefined ? [] : [`${name} lets pages of other origins in`];
      case "AWS::Lambda::Permission":
        return permissionIsNarrow(Properties) ? [] : [`${name} lets others than the gateway and the schedule in`];
      case "AWS::Lambda::Url":
        return [`${name} is a function's own URL`];
      default:
        return Type.startsWith("AWS::ApiGateway::") || Type.startsWith("AWS::ElasticLoadBalancing")
          ? [`${name} is a ${Type}, of which nothing is known here`]
          : [];
    }
  });
}

type Properties = Resources[string]["Properties"];

function routeIsShut(route: Properties, resources: Resources, { read, write }: Scopes): boolean {
  if (route["AuthorizationType"] === "AWS_IAM") return true;
  if (route["AuthorizationType"] !== "JWT" || !tokensAreChecked(route, resources)) return false;
  const asked = route["AuthorizationScopes"];
  if (asked === undefined) return functionsCheckRoles(resources);
  // `$default` only answers that a route does not exist.
  const needed = /^(GET|HEAD) |^\$default$/.test(String(route["RouteKey"])) ? read : write;
  return Array.isArray(asked) && asked.length === 1 && asked[0] === needed;
}

const Target = z.object({
  "Fn::Join": z.tuple([z.literal("/"), z.tuple([z.literal("integrations"), z.object({ Ref: z.string() })])]),
});
const Integration = z.object({ IntegrationUri: z.object({ "Fn::GetAtt": z.tuple([z.string(), z.literal("Arn")]) }) });

/** The page is the same for everybody. It may be open while its function can do nothing but write its log and its trace. */
function routeShowsPage(route: Properties, resources: Resources): boolean {
  if (route["RouteKey"] !== "GET /" && route["RouteKey"] !== "HEAD /") return false;
  const integration = resources[Target.parse(route["Target"])["Fn::Join"][1][1].Ref];
  const name = Integration.parse(integration?.Properties).IntegrationUri["Fn::GetAtt"][0];
  if (name !== "PageLambdaFunction" || resources[name]?.Properties["Handler"] !== ".build/page.handler") return false;
  const page = functionRoles(resources, "image-tasks-dev-").find((role) => role.name === "page");
  return page !== undefined && page.grants.every(({ action }) => /^(logs|xray):/.test(action));
}

/** The gateway knows scopes only. */
function functionsCheckRoles(resources: Resources): boolean {
  const functions = Object.values(resources).filter(({ Type }) => Type === "AWS::Lambda::Function");
  return functions.every(({ Properties }) => {
    const { Variables = {} } = Object(Properties["Environment"]) as { Variables?: Record<string, unknown> };
    return Variables["CALLERS"] === "roles";
  });
}

function tokensAreChecked(route: Properties, resources: Resources): boolean {
  const { Ref } = Object(route["AuthorizerId"]) as { Ref?: string };
  const authorizer = resources[Ref ?? ""];
  const { Issuer, Audience } = Object(authorizer?.Properties["JwtConfiguration"]) as Record<string, unknown>;
  return (
    authorizer?.Type === "AWS::ApiGatewayV2::Authorizer" &&
    String(Issuer).startsWith("https://") &&
    Array.isArray(Audience) &&
    Audience.length > 0
  );
}

function permissionIsNarrow({ Principal, SourceArn }: Properties): boolean {
  return ["apigateway.amazonaws.com", "events.amazonaws.com"].includes(String(Principal)) && SourceArn !== undefined;
}

/** The routes of the template, such as `GET /tasks` or `$default`. */
export function routeKeys(resources: Resources): string[] {
  const routes = Object.values(resources).filter(({ Type }) => Type === "AWS::ApiGatewayV2::Route");
  return routes.map(({ Properties }) => String(Properties["RouteKey"]));
}
