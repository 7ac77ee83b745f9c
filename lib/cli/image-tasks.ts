#!/usr/bin/env node
/** `image-tasks`: the command. */
import { readFileSync } from "node:fs";
import { defaultProvider } from "@aws-sdk/credential-provider-node";
import { ConfigurationError } from "../config/connections.ts";
import { systemClock } from "../config/system-clock.ts";
import { runDoctor } from "../doctor/doctor.ts";
import type { Examination } from "../doctor/examine.ts";
import { printExamination, printSummary, works } from "../doctor/print.ts";
import { providerDescriptors } from "../providers/index.ts";
import { parseCommand, usage } from "./arguments.ts";

const exits = { success: 0, failure: 1, unusable: 2, brokenPipe: 141 };

// Its reader may leave early, as `head` does.
process.stdout.on("error", () => process.exit(exits.brokenPipe));

/** The SDK's own chain: variables, `AWS_PROFILE`, shared files, SSO, and roles. */
async function shellCredential() {
  const { accessKeyId, secretAccessKey, sessionToken } = await defaultProvider()();
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}

async function doctor(path: string, json: boolean): Promise<number> {
  const deps = {
    environment: process.env,
    clock: systemClock,
    descriptors: providerDescriptors,
    awsCredential: shellCredential,
    readFile: (file: string) => readFileSync(file, "utf8"),
    signal: new AbortController().signal,
  };
  const examinations: Examination[] = [];
  for await (const examination of runDoctor(path, deps)) {
    examinations.push(examination);
    if (json) process.stdout.write(`${JSON.stringify({ ...examination, works: works(examination) })}\n`);
    else process.stdout.write(`${printExamination(examination).join("\n")}\n`);
  }
  process.stderr.write(`${printSummary(examinations)}\n`);
  return examinations.every(works) ? exits.success : exits.failure;
}

async function run(given: readonly string[]): Promise<number> {
  const command = parseCommand(given);
  if ("problem" in command) {
    process.stderr.write(`${command.problem}\n\n${usage}`);
    return exits.unusable;
  }
  if (command.name === "help") {
    process.stdout.write(usage);
    return exits.success;
  }
  const file = command.connectionsFile ?? (process.env["CONNECTIONS_FILE"] || "connections.json");
  return doctor(file, command.json);
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = exits.unusable;
}
