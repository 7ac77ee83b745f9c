/** Detects that the npm process that started us has ended, so that local mode never outlives its terminal. */
import { execFileSync } from "node:child_process";

export interface ParentWatch {
  stop(): void;
}

/**
 * Calls `onGone` once when our parent has ended or, under npm, the npm process itself. npm runs scripts through a
 * shell that may survive npm, so checking the parent alone is not enough.
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

/** `undefined` if the parent is not a shell. Then it is npm itself, whose own parent does not matter. */
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
