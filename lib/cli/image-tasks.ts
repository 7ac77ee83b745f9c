#!/usr/bin/env node
/** `image-tasks`: the command. */
import { readFileSync } from "node:fs";
import { defaultProvider } from "@aws-sdk/credential-provider-node";
import { describeUnreadable } from "../config/connections.ts";
import { readProxyRule } from "../config/environment.ts";
import { systemClock } from "../config/system-clock.ts";
import { runDoctor } from "../doctor/doctor.ts";
import type { Examination } from "../doctor/examine.ts";
import { printExamination, printSummary, works } from "../doctor/print.ts";
import { providerDescriptors } from "../providers/index.ts";
import { createTransport } from "../transport/node-transport.ts";
import { createApi } from "./api.ts";
import { parseCommand, usage, UsageError } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { runCommand } from "./commands.ts";

/** As the shell names the end of a program whose reader has left, such as `head`. */
const brokenPipe = 141;
process.stdout.on("error", () => process.exit(brokenPipe));

/** The SDK's own chain: variables, `AWS_PROFILE`, shared files, SSO, and roles. */
async function awsCredential() {
  const { accessKeyId, secretAccessKey, sessionToken } = await defaultProvider()();
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}

/** Functions find the file by the variable, and their message names it. */
function readNamed(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { named, reason } = describeUnreadable(path, error);
    throw new Error(`${named} ${reason}`, { cause: error });
  }
}

async function doctor(given: string | undefined, json: boolean): Promise<number> {
  const variable = given === undefined ? process.env["CONNECTIONS_FILE"] : undefined;
  const path = variable || (given ?? "connections.json");
  const text = variable ? undefined : readNamed(path);
  const deps = {
    environment: process.env,
    clock: systemClock,
    descriptors: providerDescriptors,
    awsCredential,
    readFile: (file: string) => text ?? readFileSync(file, "utf8"),
    signal: new AbortController().signal,
  };
  const examinations: Examination[] = [];
  for await (const examination of runDoctor(path, deps)) {
    examinations.push(examination);
    if (json) process.stdout.write(`${JSON.stringify({ ...examination, works: works(examination) })}\n`);
    else process.stdout.write(`${printExamination(examination).join("\n")}\n`);
  }
  process.stderr.write(`${printSummary(examinations)}\n`);
  return examinations.every(works) ? exitCodes.success : exitCodes.failure;
}

/** The server answers a wait within 29 seconds. */
const limits = { connectTimeoutMs: 10_000, answerTimeoutMs: 40_000, maxBodyBytes: 16 * 1024 * 1024 };

async function run(given: readonly string[]): Promise<number> {
  const command = parseCommand(given);
  if (command.name === "help") {
    process.stdout.write(usage);
    return exitCodes.success;
  }
  const { json } = command;
  if (command.name === "doctor") return doctor(command.connectionsFile, json);
  const transport = createTransport({ ...limits, proxyFor: readProxyRule(process.env) });
  const api = createApi(command.address, { environment: process.env, awsCredential, transport });
  return runCommand(command.command, { api, clock: systemClock, out: process.stdout, err: process.stderr, json });
}

const whereHelpIs = "image-tasks --help lists the commands and options.";

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(error instanceof UsageError ? `${message}\n${whereHelpIs}\n` : `${message}\n`);
  process.exitCode = exitCodes.unknown;
}
