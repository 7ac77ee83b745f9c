import type { Random } from "./random.ts";

/** Stands in values that no message may repeat. */
export const canary = "canaryQ7xK0";

/** What JSON can say and `JSON.stringify` cannot: written as such a text and put in place afterwards. */
const raw = {
  "\u0001overflow\u0001": "1e999",
  "\u0001underflow\u0001": "1e-400",
  "\u0001minus-zero\u0001": "-0",
  "\u0001inexact\u0001": "9007199254740993",
  "\u0001long-number\u0001": "9".repeat(400),
  "\u0001deep-list\u0001": "[".repeat(20_000) + "]".repeat(20_000),
  "\u0001deep-object\u0001": `${'{"result":'.repeat(9000)}null${"}".repeat(9000)}`,
  "\u0001no-number\u0001": "NaN",
} as const;

/** Replaces the stand-ins of a serialized tree. */
export function withRawValues(json: string): string {
  if (!json.includes("\\u0001")) return json;
  let text = json;
  for (const [standIn, value] of Object.entries(raw)) text = text.replaceAll(JSON.stringify(standIn), value);
  return text;
}

const numbers = [
  0,
  -1,
  1,
  2,
  7,
  1.5,
  -0.5,
  100,
  101,
  2_147_483_648,
  9_007_199_254_740_991,
  1e21,
  -1e308,
  "0",
  "1",
  "-1",
  "01",
  "1.0",
  "1e3",
  "0x10",
  "NaN",
  "Infinity",
  "99999999999999999999",
  "١٢",
] as const;

const words = [
  "Finished",
  "finished",
  "FINISHED",
  " Finished ",
  "FinishedX",
  "Finishe",
  "Failed",
  "failed",
  "SUCCESS",
  "Success",
  "success",
  "\u017fucce\u017f\u017f",
  "FA\u0131LED",
  "F\u0130N\u0130SHED",
  "FAILED",
  "Deleted",
  "Cancelled",
  "Processing",
  "Waiting",
  "Paused",
  "PENDING",
  "ImportImage",
  "EXPORT_IMAGE",
  "ModifyDiskSpec",
  "true",
  "false",
  "null",
  "undefined",
  "done",
  "NORMAL",
  "EXTERNAL_IMPORT",
  "toString",
  "__proto__",
] as const;

const times = [
  "2026-03-01T08:00Z",
  "0000-01-01T00:00Z",
  "9999-12-31T23:59Z",
  "2026-02-30T08:00Z",
  "2026-03-01T24:00Z",
  "0000-01-01 00:00:00",
  "9999-12-31 23:59:59",
  "0000-00-00 00:00:00",
  "2026-03-01 08:00:00.123456789+14:00",
  "9999-12-31 23:59:59-12:00",
  "+275760-09-13T00:00:00.000Z",
  "1e10",
] as const;

const secretLooking = [
  "https://images.oss-cn-hangzhou.aliyuncs.com/a.vhd?OSSAccessKeyId=LTAI5tCanaryCanary&Signature=abc%3D",
  "https://user:pass@example.com/x",
  "x-acs-security-token:CAISfake",
  "Authorization: Bearer abc.def.ghi",
] as const;

/** Texts that make a careless pattern or a careless bound show. Made on demand: they are long. */
const long: readonly (() => string)[] = [
  () => "A".repeat(30_000),
  () => `1${" ".repeat(60_000)}x`,
  () => " ".repeat(60_000),
  () => "q-".repeat(25_000),
  () => "x-cos-".repeat(6_000),
  () => "a://".repeat(8_000),
  () => "signature".repeat(3_000),
  () => "https://".repeat(4_000),
  () => "<Code>".repeat(5_000),
  () => "timestamp ".repeat(3_000),
  () => "\u{1F600}".repeat(10_000),
  () => "\ud800".repeat(10_000),
];

export function hostileValue(random: Random): unknown {
  const draw = random.next();
  if (draw < 0.08) return null;
  if (draw < 0.22) return random.one(numbers);
  if (draw < 0.45) return random.one(words);
  if (draw < 0.53) return random.one(times);
  if (draw < 0.6) return random.pick([true, false]);
  if (draw < 0.66) return random.pick<unknown>([[], {}, [[]], [null], { "": "" }, [{}]]);
  if (draw < 0.72) return random.pick(["", " ", "\u0000", "\u2028", "\ufeff", "\ud800", "\u202eFinished", "é", "\r\n"]);
  if (draw < 0.78) return hostileObject(random);
  if (draw < 0.82) return random.one(secretLooking);
  if (draw < 0.9) return `${canary}${random.below(1_000_000)}`;
  if (draw < 0.985) return random.one(Object.keys(raw).slice(0, 5));
  return wearyingValue(random);
}

/** Too long or too deep for whoever does not count. */
export function wearyingValue(random: Random): unknown {
  return random.chance(0.7) ? random.one(long)?.() : random.one(Object.keys(raw).slice(5));
}

/** Objects that break whoever turns them into text, or copies them without care. */
function hostileObject(random: Random): unknown {
  const text = random.pick([
    '{"toString":1,"valueOf":1}',
    '{"toString":null}',
    '{"__proto__":{"polluted":true,"TaskStatus":"Finished","Code":"x"}}',
    '{"constructor":{"prototype":{"polluted":true}}}',
    '{"toJSON":1,"then":1}',
    '{"length":4294967295,"0":"Finished"}',
    '{"Task":{"Task":[{"TaskId":"t-nested","TaskStatus":"Finished"}]}}',
  ]);
  return JSON.parse(text);
}
