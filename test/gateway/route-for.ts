import type { TemplateRoute } from "./template-routes.ts";

/** Returns the function of the template that serves a request. */
export interface Routed {
  readonly route: TemplateRoute;
  /** Decoded. */
  readonly pathParameters: Readonly<Record<string, string>>;
}

/**
 * The most specific route wins: a path without parameters before one with parameters, a method before any method, and
 * all of them before `*`.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 */
export function routeFor(routes: readonly TemplateRoute[], method: string, path: string): Routed | undefined {
  const fitting = routes.flatMap((route) => {
    if (route.method !== "*" && route.method !== method) return [];
    const pathParameters = route.path === "*" ? {} : parametersOf(route.path, path);
    return pathParameters === undefined ? [] : [{ route, pathParameters }];
  });
  return fitting.toSorted((a, b) => rankOf(a) - rankOf(b))[0];
}

function rankOf({ route, pathParameters }: Routed): number {
  const anyMethod = route.method === "*" ? 1 : 0;
  return route.path === "*" ? 1000 : Object.keys(pathParameters).length * 10 + anyMethod;
}

function parametersOf(pattern: string, path: string): Record<string, string> | undefined {
  const [wanted, given] = [pattern.split("/"), path.split("/")];
  if (wanted.length !== given.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, segment] of wanted.entries()) {
    const value = given[index] ?? "";
    const [, name] = /^\{(.+)\}$/.exec(segment) ?? [];
    if (name === undefined ? segment !== value : value === "") return undefined;
    if (name !== undefined) parameters[name] = decoded(value);
  }
  return parameters;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
