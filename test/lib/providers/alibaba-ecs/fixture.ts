import { readFileSync } from "node:fs";

const folder = new URL("../../../fixtures/alibaba-ecs/", import.meta.url);

export function fixtureText(name: string): string {
  return readFileSync(new URL(name, folder), "utf8");
}

export function fixture(name: string): unknown {
  return JSON.parse(fixtureText(name));
}
