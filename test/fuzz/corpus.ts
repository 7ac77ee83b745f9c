import { readFileSync, readdirSync } from "node:fs";

/** What the mutator starts from: every recorded answer of the three providers. */

export const cloudNames = ["alibaba-ecs", "apsara-route", "tencent-ecm"] as const;
export type CloudName = (typeof cloudNames)[number];

export interface Seed {
  readonly cloud: CloudName;
  readonly name: string;
  readonly text: string;
  /** `undefined` for what is no JSON. */
  readonly json: unknown;
}

export type Corpus = Readonly<Record<CloudName, readonly Seed[]>>;

export function readCorpus(folder: URL = new URL("../fixtures/", import.meta.url)): Corpus {
  const read = (cloud: CloudName): Seed[] => {
    const cloudFolder = new URL(`${cloud}/`, folder);
    const names = readdirSync(cloudFolder).filter((name) => /\.(json|xml|html)$/.test(name));
    return names.toSorted().map((name) => toSeed(cloud, name, readFileSync(new URL(name, cloudFolder), "utf8")));
  };
  return {
    "alibaba-ecs": read("alibaba-ecs"),
    "apsara-route": read("apsara-route"),
    "tencent-ecm": read("tencent-ecm"),
  };
}

function toSeed(cloud: CloudName, name: string, text: string): Seed {
  return { cloud, name, text, json: name.endsWith(".json") ? JSON.parse(text) : undefined };
}
