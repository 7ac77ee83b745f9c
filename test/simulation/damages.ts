import { isDeepStrictEqual } from "node:util";
import type { Damage } from "./scenario.ts";
import type { Item } from "./simulated-store.ts";
import type { ProgramPlan } from "./sweeper.ts";

/** Edits items as planned. An item of a newer version must still be the same when that version is back. */
export function planDamages({ simulation, scenario, store }: ProgramPlan): void {
  const { timeline, witness, story } = simulation;
  for (const damage of scenario.damages) {
    timeline.after(damage.atMs - timeline.now(), () => {
      const id = idOf(damage);
      const before = store.get(id);
      if (before === undefined) return;
      const record = store.recordOf(id);
      const item = damaged(before, damage);
      story?.tell(timeline.now(), { actor: "somebody", action: `edits ${id}: ${damage.kind}` });
      const isReadable = damage.kind === "wrong index attribute";
      store.put(item, isReadable ? record : undefined, 0);
      if (id === damage.task.id && !isReadable) witness.damaged(id, Number(item["revision"]));
      if (damage.toMs === Infinity) return;
      timeline.after(damage.toMs - timeline.now(), () => {
        if (!isDeepStrictEqual(store.get(id), item)) {
          witness.accuse("illegal", `${id} was changed while only a newer version could read it`);
        }
        store.put(before, record, 0);
      });
    });
  }
}

function idOf({ kind, task }: Damage): string {
  if (kind === "target") return `#target#${task.targetKey}`;
  return kind === "list of targets" ? "#targets" : task.id;
}

function damaged(item: Item, { kind }: Damage): Item {
  const text = String(item["record"]);
  switch (kind) {
    case "no JSON":
      return { ...item, record: text.slice(0, -5) };
    case "unknown status":
      return { ...item, record: text.replaceAll(/"status":"\w+"/g, '"status":"odd"') };
    case "no record": {
      const { record: _, ...others } = item;
      return others;
    }
    case "another revision":
      return { ...item, revision: Number(item["revision"]) + 5 };
    case "wrong index attribute":
      return item["rowDigest"] === undefined ? item : { ...item, rowDigest: 7 };
    case "newer version":
      return { ...item, record: JSON.stringify({ format: 3, record: text }) };
    case "target":
      return { ...item, checkpointMs: "yesterday" };
    case "list of targets":
      return { ...item, targets: "none" };
  }
}
