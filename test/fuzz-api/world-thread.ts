/** A thread with the clouds, the ledger, and the bus. It reports their addresses and stops them on any message. */
import { parentPort } from "node:worker_threads";
import { startFuzzWorld } from "./fuzz-world.ts";

const { env, secrets, stop } = await startFuzzWorld();
parentPort?.postMessage({ env, secrets }, []);
parentPort?.once("message", () => {
  void stop().then(() => parentPort?.close());
});
