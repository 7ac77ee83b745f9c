/** A thread with the clouds, the ledger and the bus: it says where they are, and stops them when it is told anything. */
import { parentPort } from "node:worker_threads";
import { startFuzzWorld } from "./fuzz-world.ts";

const { env, secrets, stop } = await startFuzzWorld();
parentPort?.postMessage({ env, secrets }, []);
parentPort?.once("message", () => {
  void stop().then(() => parentPort?.close());
});
