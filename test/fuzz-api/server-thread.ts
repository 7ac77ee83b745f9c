/** A thread with the API server and its own environment. It also sweeps regularly, like the schedule. */
import { parentPort, workerData } from "node:worker_threads";
import { startApiServer } from "./api-server.ts";

const sweepPauseMs = 3000;

const { bundles } = workerData as { bundles: string };
const unhandled: string[] = [];
const server = await startApiServer({
  bundles,
  port: 0,
  onUnhandled: (what) => unhandled.push(what),
});
await server.invoke("sweep", {});
parentPort?.postMessage({ url: server.url }, []);

let sweeping: Promise<unknown> = Promise.resolve();
const timer = setInterval(() => {
  sweeping = sweeping
    .then(() => server.invoke("sweep", {}))
    .catch((error: unknown) => unhandled.push(`sweep: ${error}`));
}, sweepPauseMs);
parentPort?.once("message", () => {
  clearInterval(timer);
  void sweeping
    .then(() => server.stop())
    .then(() => {
      parentPort?.postMessage({ unhandled }, []);
      parentPort?.close();
    });
});
