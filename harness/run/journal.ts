// records.ndjson: one finished cell a line, on the disk before the next result is awaited. What a killed run leaves is whole
// but perhaps for its last line, which is cut when the run resumes.
import { existsSync, ftruncateSync, fsyncSync, openSync, closeSync } from 'node:fs';
import { UserError } from '../errors.ts';
import { isRecordState, type CellRecord, type JournalLine } from '../model/record.ts';
import { Appender, guarded } from '../folder/files.ts';
import { readLines } from '../folder/lines.ts';

export class Journal {
  readonly #out: Appender;
  /** Lines that wait for the flush after the one under way. */
  #waiting: string[] = [];
  #next: Promise<void> | null = null;
  #last: Promise<void> = Promise.resolve();

  constructor(file: string, options: { folder: string }) {
    const advice = { then: `go on (finished cells are kept) with: npx consensus-bench run --resume ${options.folder}` };
    this.#out = new Appender(file, { flags: 'a', advice });
  }

  /**
   * Appends a line (without its end); resolves when it is on the disk. Lines that come while the disk is busy share its next
   * flush: with many threads a flush a line would be what limits a sweep (3 ms each on a slow disk: 300 cells a second).
   */
  append(line: string): Promise<void> {
    this.#waiting.push(`${line}\n`);
    this.#next ??= this.#flushAfter(this.#last);
    return this.#next;
  }

  #flushAfter(last: Promise<void>): Promise<void> {
    const flush = last.then(async () => {
      const lines = this.#waiting;
      this.#waiting = [];
      this.#next = null;
      for (const text of lines) this.#out.write(text);
      await this.#out.flushed();
    });
    this.#last = flush;
    return flush;
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    await this.#last.catch(() => {}); // Its appender has been told.
    this.#out.close();
  }
}

export interface JournalScan {
  readonly records: number;
  /** Bytes of a torn last line that were cut; 0: none. */
  readonly torn_bytes: number;
}

/**
 * Reads a journal and cuts a torn last line off: one without a line end (the process was killed in the middle of the write) or
 * one that is no JSON (the machine went down before the data was on the disk). A bad line before the last is an error.
 */
export function recoverJournal(file: string, visit: (record: CellRecord, line: number) => void): JournalScan {
  if (!existsSync(file)) return { records: 0, torn_bytes: 0 };
  let records = 0;
  let bad: { number: number; offset: number; bytes: number } | null = null;
  for (const line of readLines(file)) {
    if (bad !== null)
      throw new UserError(`${file}:${bad.number}: not a journal line; accepted: one JSON record a line. The journal was changed.`);
    const parsed = line.ended ? parseLine(line.text) : null;
    if (parsed === null) {
      bad = line;
      continue;
    }
    records += 1;
    visit(parsed.record, line.number);
  }
  if (bad !== null) cut(file, bad.offset);
  return { records, torn_bytes: bad?.bytes ?? 0 };
}

function parseLine(text: string): JournalLine | null {
  try {
    const line = JSON.parse(text) as Partial<JournalLine> | null;
    return typeof line?.record?.cell === 'string' && isRecordState(line.record.state) ? (line as JournalLine) : null;
  } catch {
    return null; // Torn or changed: the caller tells which by its place.
  }
}

function cut(file: string, length: number): void {
  guarded(file, { then: 'start again: its torn last line could not be cut' }, () => {
    const descriptor = openSync(file, 'r+');
    try {
      ftruncateSync(descriptor, length);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  });
}
