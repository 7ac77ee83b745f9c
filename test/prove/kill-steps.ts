import { cp, rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../fuzz/random.ts";
import { eventsOnDisk } from "./bus-events.ts";
import { invoke } from "./child.ts";
import type { Child } from "./child.ts";
import { connectionNames, requestsOf } from "./kill-connections.ts";
import type { Configuration, ConnectionName } from "./kill-connections.ts";
import type { Step } from "./kill-plan.ts";
import type { Restore } from "./kill-verdict.ts";
import { trackAgain, trackWaiting } from "./kill-workload.ts";
import type { Client } from "./kill-workload.ts";
import type { KillWorld } from "./kill-world.ts";
import type { PendingEvents } from "./pending-events.ts";

/** What the steps between two kills have changed. */
export interface Stage {
  readonly world: KillWorld;
  readonly pending: PendingEvents;
  readonly random: Random;
  readonly client: Client;
  /** A loaded sweep, ready to start. */
  next: Child;
  copy: Copy | undefined;
  readonly restores: Restore[];
  configuration: Configuration;
  removal: Removal | undefined;
  removals: number;
  renames: number;
  /** Events that were pending when their connection was removed, and told before it was put back. */
  toldWhileAway: number;
  /** Events that were due while their connection was away, and stayed untold. */
  readonly notToldWhileAway: string[];
}

interface Copy {
  readonly atMs: number;
  /** Events that the bus had. */
  readonly events: number;
  /** Imports that the client had tracked. */
  readonly tracked: number;
}

interface Removal {
  readonly connection: ConnectionName;
  /** Ids of its recorded events that were not yet on the bus. */
  readonly untold: readonly string[];
  /** Requests that its cloud had received. */
  readonly requests: number;
}

/** No sweep may be running. */
export async function takeStep(step: Step, stage: Stage): Promise<void> {
  await Promise.all([stage.world.ledger.current().up, stage.world.bus.current().up]);
  if (step === "copy") await copyLedger(stage);
  else if (step === "restore") await restoreLedger(stage);
  else if (step === "remove" || step === "remove-if-untold") await remove(step, stage);
  else if (step === "put-back") await putBack(stage);
  else await rename(stage);
  await trackWaiting(stage.client);
}

function copyPathOf({ ledgerPath }: KillWorld): string {
  return `${ledgerPath}.copy`;
}

async function copyLedger(stage: Stage): Promise<void> {
  const { world, client } = stage;
  await world.ledger.killAndRestart(() => replaceFolder(world.ledgerPath, copyPathOf(world)));
  await world.ledger.current().up;
  const events = (await eventsOnDisk(world)).length;
  stage.copy = { atMs: world.clouds.tasks.now(), events, tracked: client.tracked.length };
}

/** As after a restore to a point in time: what was recorded since the copy is gone. */
async function restoreLedger({ world, client, copy, restores }: Stage): Promise<void> {
  if (copy === undefined) return;
  await world.ledger.killAndRestart(() => replaceFolder(copyPathOf(world), world.ledgerPath));
  await world.ledger.current().up;
  restores.push({ copiedAt: copy.events, restoredAt: (await eventsOnDisk(world)).length });
  trackAgain(world, client, copy.tracked);
}

async function replaceFolder(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await cp(from, to, { recursive: true });
}

/** Prefers a connection that still has something to tell. */
async function remove(step: "remove" | "remove-if-untold", stage: Stage): Promise<void> {
  const { world, pending, random } = stage;
  if (stage.removal !== undefined) return;
  const onBus = new Set((await eventsOnDisk(world)).map(({ detail }) => detail.id));
  const untold = [...(await pending.read())].filter(([id]) => !onBus.has(id));
  const isOf = (name: ConnectionName, subject: string): boolean => subject.startsWith(`${name}:`);
  const candidates = connectionNames.filter((name) => untold.some(([, { subject }]) => isOf(name, subject)));
  if (candidates.length === 0 && step === "remove-if-untold") return;
  const connection = random.one(candidates) ?? random.pick(connectionNames);
  await configure(stage, { ...stage.configuration, away: connection });
  const ids = untold.filter(([, { subject }]) => isOf(connection, subject)).map(([id]) => id);
  stage.removal = { connection, untold: ids, requests: requestsOf(world.clouds, connection) };
  stage.removals += 1;
}

const longestTellingMs = 30_000;

/** First lets a sweep tell, undisturbed, what the missing connection has left. */
export async function putBack(stage: Stage): Promise<void> {
  const { world, removal } = stage;
  if (removal === undefined) return;
  const { connection, requests, untold } = removal;
  const deadlineMs = performance.now() + longestTellingMs;
  let due = await dueEvents(stage, connection);
  while (due.length > 0 && performance.now() < deadlineMs) {
    await invoke(stage.next, {});
    await sleep(100);
    due = await dueEvents(stage, connection);
  }
  const onBus = new Set((await eventsOnDisk(world)).map(({ detail }) => detail.id));
  stage.notToldWhileAway.push(...due);
  stage.toldWhileAway += untold.filter((id) => onBus.has(id)).length;
  if (requestsOf(world.clouds, connection) !== requests) throw new Error(`${connection} was asked while it was away`);
  stage.removal = undefined;
  await configure(stage, { ...stage.configuration, away: null });
}

async function dueEvents({ pending }: Stage, connection: ConnectionName): Promise<string[]> {
  const nowMs = Date.now();
  const isDue = ([, { subject, nextAttemptAtMs }]: readonly [string, { subject: string; nextAttemptAtMs: number }]) =>
    subject.startsWith(`${connection}:`) && nextAttemptAtMs <= nowMs;
  return [...(await pending.read())].filter(isDue).map(([id]) => id);
}

async function rename(stage: Stage): Promise<void> {
  const connection = stage.random.pick(connectionNames);
  stage.renames += 1;
  const renamed = { ...stage.configuration.renamed, [connection]: `${connection}-${stage.renames}` };
  await configure(stage, { ...stage.configuration, renamed });
}

/** Functions read the configuration when they start. */
async function configure(stage: Stage, configuration: Configuration): Promise<void> {
  const { world, client } = stage;
  stage.configuration = configuration;
  await world.configure(configuration);
  await Promise.all([client.tracker.kill(), stage.next.kill()]);
  client.tracker = world.startFunction("track");
  client.edgeConfigured = configuration.away !== "edge";
  stage.next = world.startFunction("sweep");
  await Promise.all([client.tracker.up, stage.next.up]);
}
