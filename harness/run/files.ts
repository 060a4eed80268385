// Writing a run's files: whole or not at all, and flushed to the disk.
import { closeSync, existsSync, fdatasync, fdatasyncSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { UserError, errorCode, writeError } from '../errors.ts';

/** A file that grows; every failure of the disk is one clear message. */
export class Appender {
  readonly #file: string;
  readonly #advice: string;
  readonly #descriptor: number;

  constructor(file: string, options: { flags: 'w' | 'a'; advice: string }) {
    this.#file = file;
    this.#advice = options.advice;
    this.#descriptor = guarded(file, options.advice, () => openSync(file, options.flags));
  }

  write(text: string): void {
    const bytes = Buffer.from(text);
    guarded(this.#file, this.#advice, () => {
      for (let at = 0; at < bytes.length;) at += writeSync(this.#descriptor, bytes, at);
    });
  }

  /** Returns when what was written is on the disk. */
  flush(): void {
    guarded(this.#file, this.#advice, () => fdatasyncSync(this.#descriptor));
  }

  /** The same without holding this thread up: a flush takes from 0.2 ms to many milliseconds. */
  async flushed(): Promise<void> {
    try {
      await promisify(fdatasync)(this.#descriptor);
    } catch (error) {
      throw writeError(this.#file, error, this.#advice) ?? error;
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

export function guarded<T>(file: string, advice: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw writeError(file, error, advice) ?? error;
  }
}

/** Writes a file so that it is there whole or not at all, whenever the process or the machine stops. */
export function writeWhole(file: string, parts: Iterable<string>, advice: string): void {
  const draft = `${file}.part`;
  try {
    const out = new Appender(draft, { flags: 'w', advice });
    try {
      let waiting = '';
      for (const part of parts) {
        waiting += part;
        if (waiting.length >= 1 << 16) {
          out.write(waiting);
          waiting = '';
        }
      }
      out.write(waiting);
      out.flush();
    } finally {
      out.close();
    }
    guarded(file, advice, () => {
      renameSync(draft, file);
      syncFolder(path.dirname(file));
    });
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/** Makes the names in a folder durable. Windows has no such call and needs none. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

const FREE_SPACE = 'Free some space or choose another folder with --out.';

/** Makes the folder of a new run: `out` where given (refused when it exists), else results/<name>, -2, -3 … */
export function makeRunFolder(name: string, out: string | undefined): string {
  if (out !== undefined) {
    if (existsSync(out)) {
      throw new UserError(`--out ${out}: exists already; accepted: a new folder (to go on with an earlier run: --resume ${out})`);
    }
    guarded(out, FREE_SPACE, () => mkdirSync(out, { recursive: true }));
    return out;
  }
  guarded('results', FREE_SPACE, () => mkdirSync('results', { recursive: true }));
  for (let number = 1; ; number++) {
    const folder = path.join('results', number === 1 ? name : `${name}-${number}`);
    try {
      mkdirSync(folder);
      return folder;
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw writeError(folder, error, FREE_SPACE) ?? error;
    }
  }
}
