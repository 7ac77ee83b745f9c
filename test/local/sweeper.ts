/** Invokes the built sweep function at a fixed interval, never twice at once. */
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod/mini";
import { callSocket } from "./unix-socket.ts";

export interface SweeperOptions {
  /** Unix socket of the Lambda invoke API. */
  readonly lambdaSocket: string;
  readonly functionName: string;
  /** Pause between the end of one sweep and the start of the next. */
  readonly pauseMs: number;
  /** Called only on a change; `undefined` when sweeps succeed again. */
  readonly onProblem: (problem: string | undefined) => void;
}

export interface Sweeper {
  /** Abandons the running sweep, which may be interrupted at any point. */
  stop(): Promise<void>;
}

const FunctionFailure = z.object({ errorMessage: z.string() });

export function startSweeper({ lambdaSocket, functionName, pauseMs, onProblem }: SweeperOptions): Sweeper {
  const stopping = new AbortController();
  const path = `/2015-03-31/functions/${functionName}/invocations`;

  async function run(): Promise<void> {
    let lastProblem: string | undefined;
    while (!stopping.signal.aborted) {
      const problem = await sweepOnce(lambdaSocket, path, stopping.signal);
      if (stopping.signal.aborted) return;
      if (problem !== lastProblem) onProblem(problem);
      lastProblem = problem;
      await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** The failure in one line, or `undefined`. */
async function sweepOnce(lambdaSocket: string, path: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const { status, headers, body } = await callSocket(lambdaSocket, { method: "POST", path, body: "{}", signal });
    // serverless-offline answers 200 for a function that threw. The error is in a header and in the body.
    if (status === 200 && headers["x-amz-function-error"] === undefined) return undefined;
    const failure = FunctionFailure.safeParse(body === "" ? undefined : JSON.parse(body));
    return oneLine(failure.success ? failure.data.errorMessage : `the invoke API answered ${status}`);
  } catch (error) {
    return oneLine(error instanceof Error ? error.message : String(error));
  }
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").slice(0, 300);
}
