/** Notices that the npm which started us is gone, so that local mode never outlives its terminal. */
import { execFileSync } from "node:child_process";

export interface ParentWatch {
  stop(): void;
}

/**
 * Calls `onGone` once when our parent has ended, or, under npm, the npm process itself. npm runs scripts through a
 * shell that may stay between npm and us and survive it, so the parent alone is not enough.
 */
export function watchParents(
  environment: Readonly<Record<string, string | undefined>>,
  onGone: () => void,
): ParentWatch {
  const parent = process.ppid;
  const npm = environment["npm_lifecycle_event"] === undefined ? undefined : parentOf(parent);
  const timer = setInterval(() => {
    if (process.ppid === parent && (npm === undefined || isAlive(npm))) return;
    clearInterval(timer);
    onGone();
  }, 500);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

/** `undefined` when the parent is not a shell: then it is npm itself, and its own parent may end as it likes. */
function parentOf(shell: number): number | undefined {
  try {
    const [parent, name] = execFileSync("ps", ["-o", "ppid=,comm=", "-p", String(shell)], { encoding: "utf8" })
      .trim()
      .split(/\s+/);
    const isShell = /(^|\/|^-)(sh|dash|bash|zsh|ash|ksh)$/.test(name ?? "");
    return isShell && Number(parent) > 1 ? Number(parent) : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
