// The one place that writes the exports of a run's folder. Everything is written beside its place and then moved there, so
// that a full disk leaves the earlier exports whole.
import { renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { WriteAdvice } from '../errors.ts';
import { Appender } from '../folder/files.ts';
import type { CellRecord, TimingSample } from '../model/record.ts';
import { curvesCsv, kernelsCsv, recordsCsvOf, samplesCsv, summaryCsvOf, type CsvWriter } from './csv.ts';
import { withExtras } from '../record/extra-columns.ts';
import { extrasOf } from '../analysis/extra-columns.ts';
import { digestRun, type DigestSinks, type RunDigest } from '../analysis/digest.ts';
import { kernelSamplesOf, openRun } from '../folder/read.ts';
import { summaryMarkdown } from './markdown.ts';
import type { Summary } from '../analysis/summarize.ts';
import { terminalTable } from './terminal.ts';

const BUFFERED_CHARACTERS = 1 << 18;
const BUFFERED_ROWS = 256;

const adviceOf = (dir: string): WriteAdvice => ({
  then: `write the exports again (finished cells are safe) with: npx consensus-bench report ${dir}`,
});

class OutputFile {
  readonly #file: string;
  readonly #out: Appender;
  #pending = '';
  #open = true;

  constructor(dir: string, name: string) {
    this.#file = path.join(dir, name);
    this.#out = new Appender(`${this.#file}.part`, { flags: 'w', advice: adviceOf(dir) });
  }
  write(text: string): void {
    this.#pending += text;
    if (this.#pending.length >= BUFFERED_CHARACTERS) this.#send();
  }
  #send(): void {
    this.#out.write(this.#pending);
    this.#pending = '';
  }
  #close(): void {
    this.#out.close();
    this.#open = false;
  }
  /** Everything is in the draft. */
  complete(): void {
    this.#send();
    this.#close();
  }
  publish(): void {
    renameSync(`${this.#file}.part`, this.#file);
  }
  discard(): void {
    if (this.#open) this.#close();
    rmSync(`${this.#file}.part`, { force: true });
  }
}

/** Rows to a CSV file, some hundred at a time: the CSV writer has a cost a call. */
class CsvFile<Row> {
  readonly #output: OutputFile;
  readonly #csv: CsvWriter<Row>;
  #rows: Row[] = [];

  constructor(output: OutputFile, csv: CsvWriter<Row>) {
    this.#output = output;
    this.#csv = csv;
    output.write(csv.header);
  }
  add(row: Row): void {
    this.#rows.push(row);
    if (this.#rows.length >= BUFFERED_ROWS) this.flush();
  }
  flush(): void {
    this.#output.write(this.#csv.rows(this.#rows));
    this.#rows = [];
  }
}

/**
 * Writes records.csv, summary.csv, curves.csv, kernels.csv, samples.csv, summary.md, report.html and figures/ into a run's folder, from its
 * plan, journal, cost table and environment. Memory does not grow with the number of cells, but for about 20 bytes a cell.
 * @throws UserError for a folder that is no run's, a journal that cannot be read, a file that cannot be written
 */
export async function exportRun(dir: string): Promise<RunDigest> {
  const run = openRun(dir);
  const extras = extrasOf(run);
  const outputs: OutputFile[] = [];
  const open = (name: string): OutputFile => {
    const output = new OutputFile(dir, name);
    outputs.push(output);
    return output;
  };
  try {
    const records = new CsvFile<CellRecord>(open('records.csv'), recordsCsvOf(extras));
    const curves = new CsvFile<CellRecord>(open('curves.csv'), curvesCsv);
    const summaries = new CsvFile<Summary>(open('summary.csv'), summaryCsvOf(extras));
    const samples = new CsvFile<TimingSample>(open('samples.csv'), samplesCsv);
    for (const sample of kernelSamplesOf(run)) samples.add(sample);
    const sinks: DigestSinks = {
      line: (line, cell) => {
        records.add(withExtras(extras, line.record, cell));
        curves.add(line.record);
        for (const sample of line.samples) samples.add(sample);
      },
      summary: (summary) => summaries.add(summary),
    };
    const digest = digestRun(run, sinks, extras);
    for (const file of [records, curves, summaries, samples]) file.flush();
    const kernels = open('kernels.csv');
    kernels.write(kernelsCsv.header + kernelsCsv.rows(run.costs.kernels));
    open('summary.md').write(summaryMarkdown(digest));
    // Loaded here: the report's modules would make the heap's garbage allowance larger while the records pass.
    const { drawnOf, reportHtml } = await import('../report/html.ts');
    const drawn = drawnOf(digest);
    open('report.html').write(await reportHtml(digest, drawn));
    for (const output of outputs) output.complete();
    const { writeFigures } = await import('./figures.ts');
    await writeFigures(dir, drawn.figures, adviceOf(dir));
    for (const output of outputs) output.publish();
    return digest;
  } catch (error) {
    for (const output of outputs) output.discard();
    throw error;
  }
}

/** The short table that `run` and `report` print: what each mechanism costs and where it broke. */
export function terminalSummary(dir: string, options: { color: boolean; width: number }): Promise<string> {
  return new Promise((resolve) => resolve(terminalTable(digestRun(openRun(dir)), options)));
}
