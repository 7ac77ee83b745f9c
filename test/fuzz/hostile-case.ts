import type { WireResponse } from "../../lib/transport/call.ts";
import { cloudNames } from "./corpus.ts";
import type { Corpus, Seed } from "./corpus.ts";
import { hostileCounts } from "./count-subjects.ts";
import { withHeaders } from "./header-subjects.ts";
import { hostileAnswer } from "./hostile-answer.ts";
import { hostileSetup, withHostileHeaders } from "./hostile-setup.ts";
import type { HostileCase, Subject } from "./observation.ts";
import { plausibleAnswers } from "./plausible.ts";
import type { Random } from "./random.ts";

/**
 * Answers to one subject's questions; the first to be asked for is damaged, the others are now and then. About a third
 * of the cases of ECS are plausible instead, and seldom damaged. A subject with a setup gets a hostile one.
 */
export function makeCase(subject: Subject, corpus: Corpus, random: Random): HostileCase {
  const { cloud, spoils } = subject;
  if (spoils === "counts") return hostileCounts(cloud, random);
  const seeds = corpus[cloud];
  const plausible = cloud !== "tencent-ecm" && random.chance(0.35) ? plausibleAnswers(cloud, random) : undefined;
  const answersOf = (kind: Subject["asks"]): WireResponse[] => {
    const fitting = seeds.filter(({ name }) => isOfKind(name, kind));
    const draw = random.chance(0.9) ? plausible : undefined;
    const answer = (index: number, hostile: boolean): WireResponse => {
      if (draw !== undefined) {
        const { seed, response } = draw(kind, index);
        return hostile && random.chance(0.2) ? hostileAnswer(seed, random, seeds) : response;
      }
      const seed = seedFrom(random, fitting, corpus);
      return hostile ? hostileAnswer(seed, random, seeds) : { status: 200, headers: {}, body: seed.text };
    };
    const first = answer(0, kind === subject.asks || random.chance(0.3));
    if (random.chance(0.5)) return [first];
    return [first, answer(1, random.chance(0.5)), empty(subject, kind)];
  };
  const answers = { list: answersOf("list"), detail: answersOf("detail") };
  if (spoils === "headers")
    return { list: answers.list.map((one) => withHeaders(cloud, one, random)), detail: answers.detail };
  if (subject.hasSetup !== true) return answers;
  const headed = (response: WireResponse) => withHostileHeaders(response, random);
  return { list: answers.list.map(headed), detail: answers.detail.map(headed), setup: hostileSetup(random) };
}

function isOfKind(name: string, kind: Subject["asks"]): boolean {
  if (name.startsWith("error") || name.startsWith("gateway") || name.startsWith("failure")) return true;
  const detail = name.startsWith("describe-task-attribute") || name.startsWith("task");
  return detail === (kind === "detail");
}

/** Mostly of the same cloud and kind, sometimes an answer that belongs elsewhere. */
function seedFrom(random: Random, fitting: readonly Seed[], corpus: Corpus): Seed {
  const elsewhere = random.chance(0.06) ? random.one(corpus[random.pick(cloudNames)]) : undefined;
  const lists = fitting.filter(({ name }) => !name.startsWith("error"));
  const seed = elsewhere ?? random.one(random.chance(0.8) ? lists : fitting);
  if (seed === undefined) throw new Error("the corpus is empty");
  return seed;
}

function empty({ cloud }: Subject, kind: Subject["asks"]): WireResponse {
  const set = kind === "list" ? "ImageSet" : "ImageTaskSet";
  const body = cloud === "tencent-ecm" ? { Response: { [set]: [], TotalCount: 0 } } : { TotalCount: 0, TaskSet: {} };
  return { status: 200, headers: {}, body: JSON.stringify(body) };
}
