import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import * as z from "zod/mini";

/** A process that can be killed with SIGKILL. */
export interface Child {
  readonly process: ChildProcess;
  /** Resolves when the process has reported that it is ready. */
  readonly up: Promise<void>;
  /** Sends SIGKILL and resolves when the process has ended. */
  kill(): Promise<void>;
}

export interface ChildOptions {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Receives its output. */
  readonly logPath: string;
}

export const Message = z.object({
  kind: z.enum(["up", "ended", "accepted"]),
  answer: z.optional(z.unknown()),
  problem: z.optional(z.string()),
});
export type Message = z.infer<typeof Message>;

export function startChild({ file, args, env, cwd, logPath }: ChildOptions): Child {
  const { PATH = "", HOME = "" } = process.env;
  const log = openSync(logPath, "a");
  const path = new URL(file, import.meta.url);
  const child = fork(path, [...args], {
    env: { PATH, HOME, ...env },
    ...(cwd === undefined ? {} : { cwd }),
    stdio: ["ignore", log, log, "ipc"],
    execArgv: [],
  });
  const gone = once(child, "exit").then(() => undefined);
  const up = new Promise<void>((resolve, reject) => {
    child.on("message", (message) => {
      if (Message.parse(message).kind === "up") resolve();
    });
    void gone.then(() => reject(new Error(`${file} ended before it was ready; see ${logPath}`)));
  });
  // A caller that kills the process before it is ready does not need this error.
  up.catch(() => undefined);
  return {
    process: child,
    up,
    async kill() {
      child.kill("SIGKILL");
      await gone;
    },
  };
}

/** Invokes the child's bundle. Resolves to `undefined` if the child is killed meanwhile. */
export function invoke({ process: child }: Child, event: unknown, remainingMs = 300_000): Promise<Message | undefined> {
  const { promise, resolve } = Promise.withResolvers<Message | undefined>();
  const onMessage = (message: unknown): void => {
    const read = Message.parse(message);
    if (read.kind === "ended") settle(read);
  };
  const onExit = (): void => settle(undefined);
  function settle(message: Message | undefined): void {
    child.off("message", onMessage);
    child.off("exit", onExit);
    resolve(message);
  }
  child.on("message", onMessage);
  child.once("exit", onExit);
  if (child.exitCode !== null || child.signalCode !== null) settle(undefined);
  else child.send({ event, remainingMs }, (error) => error && settle(undefined));
  return promise;
}
