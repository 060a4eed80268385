// Progress on stderr: one line that updates on a terminal, plain lines every few seconds elsewhere.
import { performance } from 'node:perf_hooks';
import { MEASURED_CELL_S } from '../measure/measured-time.ts';
import type { CryptoMode } from '../model/cell.ts';
import { plural } from '../words.ts';
import type { TerminalStyle } from './terminal-style.ts';

export interface ProgressOutput {
  /** `plain`: a line now and then; else one that is drawn over. */
  readonly style: TerminalStyle['style'];
  readonly width: number;
  write(text: string): unknown;
}

const REDRAW_MS = 100;
const PLAIN_LINE_MS = 5000;
/** Without news a plain line comes this often: the run is alive, on a long cell. */
const PLAIN_IDLE_MS = 30_000;

/** Cells by how they run: modelled ones on all threads at once, measured ones alone, after those. */
type Counts = Readonly<Record<CryptoMode, number>>;

export class Progress {
  readonly #out: ProgressOutput;
  readonly #now_ms: () => number;
  #total = 0;
  #done = 0;
  #left: Record<CryptoMode, number> = { modelled: 0, measured: 0 };
  #finished: Record<CryptoMode, number> = { modelled: 0, measured: 0 };
  #started_ms = 0;
  /** When the last modelled cell finished: measured ones run from there. */
  #modelled_ms = 0;
  #drawn_ms = -Infinity;
  /** What the last line drawn said is done. */
  #drawn = -1;
  #onScreen = false;

  constructor(out: ProgressOutput, now_ms: () => number = () => performance.now()) {
    this.#out = out;
    this.#now_ms = now_ms;
  }

  /** `done` cells are on the disk from before, which are no part of the rate; `left` will run. */
  start(total: number, done: number, left: Counts): void {
    this.#total = total;
    this.#drawn = -1;
    this.#done = done;
    this.#left = { ...left };
    this.#finished = { modelled: 0, measured: 0 };
    this.#started_ms = this.#modelled_ms = this.#now_ms();
    this.#drawn_ms = this.#out.style === 'plain' ? this.#started_ms : -Infinity;
    if (done > 0) this.#draw();
  }

  /** One more cell is on the disk. */
  step(crypto: CryptoMode): void {
    this.#done += 1;
    this.#left[crypto] -= 1;
    this.#finished[crypto] += 1;
    if (crypto === 'modelled') this.#modelled_ms = this.#now_ms();
    const wait = this.#out.style === 'plain' ? PLAIN_LINE_MS : REDRAW_MS;
    if (this.#now_ms() - this.#drawn_ms >= wait) this.#draw();
  }

  /** Time has passed: called about once a second, so that a long cell does not look like a hang. */
  tick(): void {
    if (this.#total === 0) return;
    const wait = this.#out.style !== 'plain' ? REDRAW_MS : this.#drawn === this.#done ? PLAIN_IDLE_MS : PLAIN_LINE_MS;
    if (this.#now_ms() - this.#drawn_ms >= wait) this.#draw();
  }

  /** A line of its own, above the progress line. */
  say(text: string): void {
    this.#clear();
    this.#out.write(`${text}\n`);
    if (this.#total > 0 && this.#out.style !== 'plain') this.#draw();
  }

  end(): void {
    if (this.#total > 0 && this.#drawn !== this.#done) this.#draw();
    if (this.#onScreen) this.#out.write('\n');
    this.#onScreen = false;
    this.#total = 0;
  }

  #clear(): void {
    if (this.#onScreen) this.#out.write('\r\u001b[2K');
    this.#onScreen = false;
  }

  #draw(): void {
    this.#drawn_ms = this.#now_ms();
    this.#drawn = this.#done;
    const line = progressLine({
      total: this.#total,
      done: this.#done,
      left: this.#left,
      finished: this.#finished,
      elapsed_s: (this.#drawn_ms - this.#started_ms) / 1000,
      modelled_s: (this.#modelled_ms - this.#started_ms) / 1000,
    });
    if (this.#out.style === 'plain') {
      this.#out.write(`${line}\n`);
    } else {
      this.#clear();
      this.#out.write(line.slice(0, this.#out.width - 1));
      this.#onScreen = true;
    }
  }
}

export interface ProgressState {
  readonly total: number;
  readonly done: number;
  readonly left: Counts;
  /** In this session. */
  readonly finished: Counts;
  readonly elapsed_s: number;
  /** From the start to the last modelled cell that finished. */
  readonly modelled_s: number;
}

/**
 * `123 of 480 cells (26%), 12.3 cells/s, 29 s left`. The time left weighs cells by what they cost: modelled ones by their rate so
 * far, measured ones, which come last and alone, by theirs, and before the first by what such a cell usually takes.
 */
export function progressLine({ total, done, left, finished, elapsed_s, modelled_s }: ProgressState): string {
  const text = `${done} of ${plural(total, 'cell')} (${total === 0 ? 100 : Math.floor((100 * done) / total)}%)`;
  const since = finished.modelled + finished.measured;
  if (since === 0 || elapsed_s <= 0) return text;
  const rate = since / elapsed_s;
  const rateText = `${rate >= 100 ? rate.toFixed(0) : rate.toPrecision(2)} cells/s`;
  if (done === total) return `${text}, ${rateText}, ${duration(elapsed_s)}`;
  const modelledEach_s = finished.modelled === 0 ? 0 : (left.modelled > 0 ? elapsed_s : modelled_s) / finished.modelled;
  const measuredEach_s = finished.measured === 0 ? MEASURED_CELL_S : (elapsed_s - modelled_s) / finished.measured;
  return `${text}, ${rateText}, ${duration(left.modelled * modelledEach_s + left.measured * measuredEach_s)} left`;
}

/** A duration for people: `8 s`, `2 min 5 s`, `3 h 20 min`. */
export function duration(seconds: number): string {
  if (seconds < 9.5) return `${seconds < 1 ? seconds.toPrecision(1) : seconds.toFixed(0)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
