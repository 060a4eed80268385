// Progress on stderr: one line that updates on a terminal, plain lines every few seconds elsewhere.
import { performance } from 'node:perf_hooks';

export interface ProgressOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const REDRAW_MS = 100;
const PLAIN_LINE_MS = 5000;
/** Without news a plain line comes this often: the run is alive, on a long cell. */
const PLAIN_IDLE_MS = 30_000;

export class Progress {
  readonly #out: ProgressOutput;
  readonly #now_ms: () => number;
  #total = 0;
  #done = 0;
  /** Done before this session: not part of the rate. */
  #before = 0;
  #started_ms = 0;
  #drawn_ms = -Infinity;
  /** What the last line drawn said is done. */
  #drawn = -1;
  #onScreen = false;

  constructor(out: ProgressOutput, now_ms: () => number = () => performance.now()) {
    this.#out = out;
    this.#now_ms = now_ms;
  }

  start(total: number, done: number): void {
    this.#total = total;
    this.#drawn = -1;
    this.#done = this.#before = done;
    this.#started_ms = this.#now_ms();
    this.#drawn_ms = this.#out.isTTY === true ? -Infinity : this.#started_ms;
    if (done > 0) this.#draw();
  }

  /** One more cell is on the disk. */
  step(): void {
    this.#done += 1;
    const wait = this.#out.isTTY === true ? REDRAW_MS : PLAIN_LINE_MS;
    if (this.#now_ms() - this.#drawn_ms >= wait) this.#draw();
  }

  /** Time has passed: called about once a second, so that a long cell does not look like a hang. */
  tick(): void {
    if (this.#total === 0) return;
    const wait = this.#out.isTTY === true ? REDRAW_MS : this.#drawn === this.#done ? PLAIN_IDLE_MS : PLAIN_LINE_MS;
    if (this.#now_ms() - this.#drawn_ms >= wait) this.#draw();
  }

  /** A line of its own, above the progress line. */
  say(text: string): void {
    this.#clear();
    this.#out.write(`${text}\n`);
    if (this.#total > 0 && this.#out.isTTY === true) this.#draw();
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
      since: this.#done - this.#before,
      elapsed_s: (this.#drawn_ms - this.#started_ms) / 1000,
    });
    if (this.#out.isTTY === true) {
      this.#clear();
      this.#out.write(line.slice(0, (this.#out.columns ?? 80) - 1));
      this.#onScreen = true;
    } else {
      this.#out.write(`${line}\n`);
    }
  }
}

/** `123 of 480 cells (26%), 12.3 cells/s, 29 s left` */
export function progressLine(state: { total: number; done: number; since: number; elapsed_s: number }): string {
  const { total, done, since, elapsed_s } = state;
  const percent = total === 0 ? 100 : Math.floor((100 * done) / total);
  const text = `${done} of ${total} cells (${percent}%)`;
  if (since === 0 || elapsed_s <= 0) return text;
  const rate = since / elapsed_s;
  const rateText = `${rate >= 100 ? rate.toFixed(0) : rate.toPrecision(2)} cells/s`;
  return done === total ? `${text}, ${rateText}, ${duration(elapsed_s)}` : `${text}, ${rateText}, ${duration((total - done) / rate)} left`;
}

/** A duration for people: `8 s`, `2 min 5 s`, `3 h 20 min`. */
export function duration(seconds: number): string {
  if (seconds < 9.5) return `${seconds < 1 ? seconds.toPrecision(1) : seconds.toFixed(0)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
