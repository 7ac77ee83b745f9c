/** What happened, one line per event, for readers of a replay. */
export interface Story {
  readonly lines: readonly string[];
  tell(atMs: number, line: StoryLine): void;
}

interface StoryLine {
  readonly actor: string;
  readonly action: string;
  readonly fault?: string | null;
  readonly effect?: string;
}

export function createStory(startMs: number): Story {
  const lines: string[] = [];
  return {
    lines,
    tell(atMs, { actor, action, fault, effect }) {
      const parts = [timeOf(atMs - startMs), actor.padEnd(10), action];
      if (fault) parts.push(`[${fault}]`);
      if (effect) parts.push(`-> ${effect}`);
      lines.push(parts.join("  "));
    },
  };
}

/** Hours, minutes, and seconds since the start, which may be negative. */
function timeOf(ms: number): string {
  const sign = ms < 0 ? "-" : "+";
  const total = Math.abs(ms);
  const part = (value: number, width: number) => String(value).padStart(width, "0");
  const hours = Math.floor(total / 3_600_000);
  const minutes = Math.floor(total / 60_000) % 60;
  const seconds = Math.floor(total / 1000) % 60;
  return `${sign}${part(hours, 2)}:${part(minutes, 2)}:${part(seconds, 2)}.${part(Math.floor(total % 1000), 3)}`;
}
