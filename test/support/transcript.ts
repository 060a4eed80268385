// Golden transcripts: what happens, a line a step, as people read it.
import type { TraceLine } from '../../harness/model/outcome.ts';

export interface TranscriptOptions {
  /** Names of participants are filled up to so many characters. */
  readonly name_chars?: number;
  /** What is shown of a line; null: nothing. */
  readonly shows?: (line: TraceLine) => Pick<TraceLine, 'node' | 'text'> | null;
  /** Of times: milliseconds to the microsecond, or where a run lasts for hours seconds. */
  readonly unit?: 'ms' | 's';
  /** Of lines that are equal and follow each other one is shown. */
  readonly once?: boolean;
}

/** `run` is given what takes the lines of a trace. */
export function transcriptOf(run: (trace: (line: TraceLine) => void) => unknown, options: TranscriptOptions = {}): string {
  const { name_chars = 0, shows = (line) => line, once = false, unit = 'ms' } = options;
  const lines: string[] = [];
  run((traced) => {
    const shown = shows(traced);
    if (shown === null) return;
    const time = unit === 'ms' ? (traced.at_us / 1000).toFixed(3).padStart(10) : (traced.at_us / 1e6).toFixed(6).padStart(12);
    const line = `${time} ${unit}  ${shown.node.padEnd(name_chars)}  ${shown.text}`;
    if (!once || line !== lines.at(-1)) lines.push(line);
  });
  return `${lines.join('\n')}\n`;
}
