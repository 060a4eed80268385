// The records of a run, read back from its journal.
import path from 'node:path';
import type { CellRecord, JournalLine } from '../record/schema.ts';
import { readLines } from './lines.ts';

/** The records in a run's folder, in the order in which the cells finished. */
export function* readRecords(dir: string): Generator<CellRecord> {
  for (const line of readLines(path.join(dir, 'records.ndjson'))) {
    if (line.ended) yield (JSON.parse(line.text) as JournalLine).record;
  }
}
