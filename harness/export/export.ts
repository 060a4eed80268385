// The one place that writes the exports of a run's folder. Everything is written beside its place and then moved there, so
// that a full disk leaves the earlier exports whole.
import { renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { WriteAdvice } from '../errors.ts';
import { Appender } from '../folder/files.ts';
import type { Column } from '../record/column.ts';
import { csvWriter, curvesCsv, kernelsCsv, samplesCsv, type CsvWriter } from './csv.ts';
import { jsonTable, type JsonTable } from './json.ts';
import { ParquetTable } from './parquet.ts';
import { recordColumns, recordRow, summaryColumns, summaryRow, type About, type Row } from './rows.ts';
import { extrasOf } from '../analysis/extra-columns.ts';
import { modelOf, type Model } from '../analysis/model.ts';
import { digestRun, type DigestSinks, type RunDigest } from '../analysis/digest.ts';
import { kernelSamplesOf, openRun } from '../folder/read.ts';
import { costsBenchmark, ratesBenchmark } from './follow.ts';
import { hyperfineJson } from './kernels.ts';
import { summaryTex } from './latex.ts';
import { summaryMarkdown } from './markdown.ts';

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
  writeBytes(bytes: Uint8Array): void {
    this.#send();
    this.#out.writeBytes(bytes);
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

/** Takes the rows of a file one by one; `end` after the last. */
interface Rows<Row> {
  add(row: Row): void;
  end(): void;
}

/** Rows to a CSV file, some hundred at a time: the CSV writer has a cost a call. */
function csvFile<Row>(output: OutputFile, csv: CsvWriter<Row>): Rows<Row> {
  let rows: Row[] = [];
  const flush = (): void => {
    output.write(csv.rows(rows));
    rows = [];
  };
  output.write(csv.header);
  return {
    add: (row) => {
      rows.push(row);
      if (rows.length >= BUFFERED_ROWS) flush();
    },
    end: flush,
  };
}

function jsonFile(output: OutputFile, table: JsonTable): Rows<Row> {
  let first = true;
  output.write(table.head);
  return {
    add: (fields) => {
      output.write(table.row(fields, first));
      first = false;
    },
    end: () => output.write(table.foot),
  };
}

const parquetFile = (output: OutputFile, columns: readonly Column[], about: About): Rows<Row> =>
  new ParquetTable(columns, about, (bytes) => output.writeBytes(bytes));

/** A table in all its formats. */
function allOf<Row>(files: readonly Rows<Row>[]): Rows<Row> {
  return {
    add: (row) => {
      for (const file of files) file.add(row);
    },
    end: () => {
      for (const file of files) file.end();
    },
  };
}

/** What the exports of a run were made of. */
export interface ExportedRun {
  readonly digest: RunDigest;
  readonly model: Model;
}

/**
 * Writes the tables of records and of the summary (.csv, .json, .parquet), curves.csv, kernels.csv, samples.csv, hyperfine.json, github-action-benchmark.json and
 * github-action-benchmark-costs.json, summary.md, summary.tex, report.html and figures/ into a run's folder, from its
 * plan, journal, cost table and environment. Memory does not grow with the number of cells, but for about 20 bytes a cell.
 * @throws UserError for a folder that is no run's, a journal that cannot be read, a file that cannot be written
 */
export async function exportRun(dir: string): Promise<ExportedRun> {
  const run = openRun(dir);
  const extras = extrasOf(run);
  const outputs: OutputFile[] = [];
  const open = (name: string): OutputFile => {
    const output = new OutputFile(dir, name);
    outputs.push(output);
    return output;
  };
  try {
    const about = { suite: run.suite.name, seed: run.suite.seed };
    const tableOf = (name: 'records' | 'summary', columns: readonly Column[]): Rows<Row> =>
      allOf([
        csvFile(open(`${name}.csv`), csvWriter(columns)),
        jsonFile(open(`${name}.json`), jsonTable(name, columns, about)),
        parquetFile(open(`${name}.parquet`), columns, about),
      ]);
    const records = tableOf('records', recordColumns(extras));
    const summaries = tableOf('summary', summaryColumns(extras));
    const curves = csvFile(open('curves.csv'), curvesCsv);
    const samples = csvFile(open('samples.csv'), samplesCsv);
    for (const sample of kernelSamplesOf(run)) samples.add(sample);
    const sinks: DigestSinks = {
      line: (line, cell) => {
        records.add(recordRow(line.record, cell, extras));
        curves.add(line.record);
        for (const sample of line.samples) samples.add(sample);
      },
      summary: (summary, first) => summaries.add(summaryRow(summary, first, extras)),
    };
    const digest = digestRun(run, sinks, extras);
    const model = modelOf(digest);
    for (const file of [records, curves, summaries, samples]) file.end();
    const kernels = open('kernels.csv');
    kernels.write(kernelsCsv.header + kernelsCsv.rows(run.costs.kernels));
    open('hyperfine.json').write(hyperfineJson(run.costs.kernels, kernelSamplesOf(run)));
    open('github-action-benchmark.json').write(ratesBenchmark(digest, model));
    open('github-action-benchmark-costs.json').write(costsBenchmark(digest, model));
    open('summary.md').write(summaryMarkdown(digest, model));
    open('summary.tex').write(summaryTex(digest, model));
    // Loaded here: the report's modules would make the heap's garbage allowance larger while the records pass.
    const { drawnOf, figuresOf, reportHtml } = await import('../report/html.ts');
    const drawn = drawnOf(model, digest);
    open('report.html').write(await reportHtml(digest, drawn));
    for (const output of outputs) output.complete();
    const { writeFigures } = await import('./figures.ts');
    await writeFigures(dir, figuresOf(drawn), adviceOf(dir));
    for (const output of outputs) output.publish();
    return { digest, model };
  } catch (error) {
    for (const output of outputs) output.discard();
    throw error;
  }
}
