/**
 * Preloaded (`node --import`) into child processes of local mode: ends the process when its parent ends in any way.
 * The system sends no signal when a parent is killed with SIGKILL, so the child polls.
 */
import { isMainThread } from "node:worker_threads";

const parent = Number(process.env["LOCAL_PARENT_PID"]);

// Worker threads inherit the preload, but the main thread's exit ends them.
if (isMainThread && Number.isInteger(parent)) {
  setInterval(() => {
    if (process.ppid !== parent) process.exit(1);
  }, 250).unref();
}
