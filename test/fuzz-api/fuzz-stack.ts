import { once } from "node:events";
import { Worker } from "node:worker_threads";
import * as z from "zod/mini";
import { buildBundles } from "./bundles.ts";

/** The built functions on loopback with everything they need, in separate threads. */
export interface FuzzStack {
  readonly url: string;
  readonly token: string;
  readonly secrets: readonly string[];
  /** @returns the errors that functions threw, and the number of missing answers */
  stop(): Promise<readonly string[]>;
}

const WorldReport = z.object({ env: z.record(z.string(), z.string()), secrets: z.array(z.string()) });
const ServerReport = z.object({ url: z.string() });
const LastReport = z.object({ unhandled: z.array(z.string()) });

export async function startFuzzStack(): Promise<FuzzStack> {
  const bundles = await buildBundles();
  try {
    const worldThread = new Worker(new URL("world-thread.ts", import.meta.url));
    const { env, secrets } = WorldReport.parse(await reportOf(worldThread));
    const serverThread = new Worker(new URL("server-thread.ts", import.meta.url), {
      env,
      workerData: { bundles: bundles.folder },
    });
    const { url } = ServerReport.parse(await reportOf(serverThread));
    return {
      url,
      token: env["API_TOKEN"] ?? "",
      secrets,
      async stop() {
        serverThread.postMessage("stop", []);
        const { unhandled } = LastReport.parse(await reportOf(serverThread));
        worldThread.postMessage("stop", []);
        await once(worldThread, "exit");
        await bundles.remove();
        return unhandled;
      },
    };
  } catch (error) {
    await bundles.remove();
    throw error;
  }
}

/** The next message of a thread; rejects with the error that ended it. */
async function reportOf(thread: Worker): Promise<unknown> {
  const [report]: unknown[] = await once(thread, "message");
  return report;
}
