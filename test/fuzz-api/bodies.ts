import type { Random } from "../fuzz/random.ts";
import { brokenTexts, damaged, oneBrokenText } from "./broken-values.ts";
import type { Memory } from "./memory.ts";

/** Valid and invalid bodies of `POST /tasks`. Bytes as latin1 text. */

function bytesOf(text: string): string {
  return Buffer.from(text).toString("latin1");
}

function rightBody(memory: Memory, random: Random): Record<string, unknown> {
  const regionOf: Readonly<Record<string, string>> = { aliyun: "cn-hangzhou", stack: "cn-qingdao-env17-d01" };
  const { connection, nativeId } = memory.nativeId(random);
  const region = regionOf[connection] ?? "global";
  return {
    connection,
    nativeId,
    ...(random.chance(0.5) && { region }),
    ...(random.chance(0.5) && { labels: { pipeline: `golden-${random.below(1000)}`, ümläut: "任务" } }),
  };
}

const wrongValues = [null, true, 0, -1, 1.5, [], {}, ["aliyun"], { a: {} }, ...brokenTexts] as const;

function wrongField(body: Record<string, unknown>, random: Random): Record<string, unknown> {
  const name = random.pick(["connection", "nativeId", "region", "labels"]);
  const { [name]: _left, ...others } = body;
  const many = Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`label${index}`, "x"]));
  const labels = random.pick([
    many,
    { "": "x" },
    { ["k".repeat(65)]: "x" },
    { k: "v".repeat(257) },
    { k: 1 },
    { k: null },
    [],
  ]);
  return random.pick([
    others,
    { ...body, [name]: random.one(wrongValues) },
    { ...body, [oneBrokenText(random)]: oneBrokenText(random) },
    { ...body, labels },
    { ...body, labels: { [oneBrokenText(random)]: oneBrokenText(random) } },
  ]);
}

export function anyBody(memory: Memory, random: Random): string {
  const right = rightBody(memory, random);
  const text = JSON.stringify(right);
  if (random.chance(0.4)) return bytesOf(text);
  if (random.chance(0.5)) return bytesOf(JSON.stringify(wrongField(right, random)));
  // Rarely long ones, since they are slow and find nothing new.
  if (random.chance(0.05))
    return random.pick(["[".repeat(30_000), `{"connection":"${"a".repeat(70_000)}"}`, "9".repeat(65_537)]);
  return random.pick([
    "",
    " ",
    "null",
    "true",
    "0",
    '""',
    "[]",
    "[{}]",
    "{}",
    "{",
    "{,}",
    "{'connection':'aliyun'}",
    "NaN",
    "undefined",
    bytesOf(`\ufeff${text}`),
    bytesOf(`${text}${text}`),
    bytesOf(`${text} trailing`),
    bytesOf(damaged(text, random)),
    `${text.slice(0, -2)}\u00ff\u00fe"}`,
    text.replace("{", '{"__proto__":{"admin":true},'),
    text.replace("{", '{"constructor":{"prototype":{}},'),
    text.replace("{", '{"connection":"edge","connection":"aliyun",'),
    Buffer.from(text, "utf16le").toString("latin1"),
    `connection=aliyun&nativeId=t-1`,
    "\u0000".repeat(10),
    "[".repeat(200) + "]".repeat(200),
  ]);
}
