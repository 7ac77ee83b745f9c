import type { Random } from "../fuzz/random.ts";

/** Values from earlier responses for use in later requests. Bounded and never empty. */
export interface Memory {
  learn(target: string, response: { status: number; headers: Readonly<Record<string, string>>; body: string }): void;
  taskId(random: Random): string;
  nativeId(random: Random): { connection: string; nativeId: string };
  /** A cursor and its query without the cursor. */
  cursor(random: Random): { query: string; cursor: string } | undefined;
  entityTag(random: Random): string;
}

const kept = 200;

export function createMemory(): Memory {
  const ids = createRing<string>(["aliyun:cn-hangzhou:t-none"]);
  const cursors = createRing<{ query: string; cursor: string }>([]);
  const tags = createRing<string>(['"none"']);

  function learn(target: string, { headers, body }: Parameters<Memory["learn"]>[1]): void {
    if (headers["etag"] !== undefined) tags.add(headers["etag"]);
    for (const [, id] of body.matchAll(/"id":"((?:aliyun|stack|edge):[^"\\]+)"/g)) if (id !== undefined) ids.add(id);
    const [, cursor] = /"nextCursor":"([^"]+)"/.exec(body) ?? [];
    if (cursor === undefined) return;
    const query = new URLSearchParams(target.split("?")[1] ?? "");
    query.delete("cursor");
    cursors.add({ query: query.toString(), cursor });
  }
  const taskId = (random: Random): string => random.one(ids.all()) ?? "";
  return {
    learn,
    taskId,
    nativeId(random) {
      const [connection = "", , ...rest] = taskId(random).split(":");
      return { connection, nativeId: rest.join(":") };
    },
    cursor: (random) => random.one(cursors.all()),
    entityTag: (random) => random.one(tags.all()) ?? "",
  };
}

function createRing<Item>(first: readonly Item[]): { add(item: Item): void; all(): readonly Item[] } {
  const items = [...first];
  let next = 0;
  return {
    add(item) {
      items[next] = item;
      next = (next + 1) % kept;
    },
    all: () => items,
  };
}
