/**
 * Preloaded (`node --import`) into child processes of local mode: ends the process when its parent is gone, however
 * the parent ended. The system tells nobody when a parent is killed with SIGKILL, so the child looks by itself.
 */
import { isMainThread } from "node:worker_threads";

const parent = Number(process.env["LOCAL_PARENT_PID"]);

// Worker threads inherit the preload; the main thread's exit ends them.
if (isMainThread && Number.isInteger(parent)) {
  setInterval(() => {
    if (process.ppid !== parent) process.exit(1);
  }, 250).unref();
}
