import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { EventBridgeClient, PutEventsCommand, StartReplayCommand } from "@aws-sdk/client-eventbridge";
import { expect, onTestFinished, test, vi } from "vitest";
import * as z from "zod/mini";
import { startEventEndpoint } from "../local/event-endpoint.ts";
import type { DeliveredEvent } from "../local/event-entries.ts";
import { createLocalIdentity } from "../local/local-identity.ts";
import { fencesOf } from "./page.ts";

const page = await fencesOf("subscribing.md");

/** Stands for the AWS command line, which not every machine has: prints what it was called with. */
const fakeAws = `#!${process.execPath}
console.log(JSON.stringify({ env: process.env, args: process.argv.slice(2) }));
`;
const Call = z.object({ args: z.array(z.string()), env: z.record(z.string(), z.string()) });

async function callOf(commands: string, folder: string) {
  const bin = join(folder, "bin");
  await mkdir(bin);
  await writeFile(join(bin, "aws"), fakeAws);
  await chmod(join(bin, "aws"), 0o755);
  const env = { PATH: `${bin}:${process.env["PATH"]}` };
  const { stdout } = await promisify(execFile)("sh", ["-c", commands], { cwd: folder, env });
  const call = Call.parse(JSON.parse(stdout));
  const option = (name: string) => call.args[call.args.indexOf(`--${name}`) + 1] ?? "";
  return { ...call, option };
}

test("the local replay of docs/subscribing.md sends today's events to the local subscriber again", async () => {
  const folder = await mkdtemp(join(tmpdir(), "replay-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, ".local"));
  const identity = createLocalIdentity(join(folder, ".local"));
  await identity.publish();
  const fence = page.find(({ heading, language }) => heading === "In local mode" && language === "sh");
  const { args, env, option } = await callOf(fence?.text ?? "", folder);
  expect(args.slice(0, 4)).toEqual(["events", "start-replay", "--endpoint-url", "http://localhost:4010"]);
  expect(env).toMatchObject({ AWS_REGION: "us-east-1", AWS_DEFAULT_REGION: "us-east-1" });

  const seen: DeliveredEvent[] = [];
  const target = async (event: DeliveredEvent) => void seen.push(event);
  const endpoint = await startEventEndpoint({
    port: 0,
    buses: ["image-tasks-local"],
    rules: [{ name: "subscriber", pattern: { source: ["image-tasks"] }, target }],
    secrets: { read: undefined, write: identity.secret },
  });
  onTestFinished(() => endpoint.stop());
  const credentials = {
    accessKeyId: env["AWS_ACCESS_KEY_ID"] ?? "",
    secretAccessKey: env["AWS_SECRET_ACCESS_KEY"] ?? "",
  };
  const client = new EventBridgeClient({ endpoint: endpoint.url, region: "us-east-1", credentials });
  onTestFinished(() => client.destroy());
  const end = new Date(option("event-end-time"));
  const entry = { Source: "image-tasks", DetailType: "any", Detail: "{}", EventBusName: "image-tasks-local" };
  const [midnight, yesterday] = [new Date(end), new Date(end)];
  midnight.setUTCHours(0, 0, 0, 0);
  yesterday.setUTCHours(0, 0, -1, 0);
  await client.send(new PutEventsCommand({ Entries: [midnight, yesterday].map((Time) => ({ ...entry, Time })) }));
  await vi.waitFor(() => expect(seen).toHaveLength(2));
  seen.length = 0;

  const destination = Object.fromEntries(
    option("destination")
      .split(",")
      .map((part) => part.split("=")),
  ) as Record<string, string>;
  await client.send(
    new StartReplayCommand({
      ReplayName: option("replay-name"),
      EventSourceArn: option("event-source-arn"),
      EventStartTime: new Date(option("event-start-time")),
      EventEndTime: end,
      Destination: { Arn: destination["Arn"], FilterArns: [destination["FilterArns"] ?? ""] },
    }),
  );
  await vi.waitFor(() => expect(seen).toHaveLength(1));
  expect(seen).toMatchObject([
    { "replay-name": option("replay-name"), time: midnight.toISOString().replace(".000", "") },
  ]);
});
