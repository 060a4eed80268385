// Writing a run's files: whole or not at all, and flushed to the disk.
import { closeSync, existsSync, fdatasync, fdatasyncSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { UserError, errorCode, writeError, type WriteAdvice } from '../errors.ts';

const BUFFER_BYTES = 1 << 16;
/** UTF-8 takes at most 3 bytes a UTF-16 unit. */
const BYTES_A_UNIT = 3;

/** A file that grows, through one buffer; every failure of the disk is one clear message. */
export class Appender {
  readonly #file: string;
  readonly #advice: WriteAdvice;
  readonly #descriptor: number;
  // One buffer for good: a new one for each part would be garbage outside the heap, which is collected late.
  readonly #buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  #filled = 0;

  constructor(file: string, options: { flags: 'w' | 'a'; advice: WriteAdvice }) {
    this.#file = file;
    this.#advice = options.advice;
    this.#descriptor = guarded(file, options.advice, () => openSync(file, options.flags));
  }

  /** Takes text; it is in the file after `flush`, `flushed` or `close`. */
  write(text: string): void {
    const units = Math.floor(BUFFER_BYTES / BYTES_A_UNIT);
    for (let at = 0; at < text.length;) {
      let end = Math.min(text.length, at + units);
      // The two halves of a character beyond the basic plane stay together.
      if (end < text.length && (text.charCodeAt(end) & 0xfc00) === 0xdc00) end -= 1;
      if ((end - at) * BYTES_A_UNIT > BUFFER_BYTES - this.#filled) this.#drain();
      this.#filled += this.#buffer.write(at === 0 && end === text.length ? text : text.slice(at, end), this.#filled);
      at = end;
    }
  }

  /** Takes bytes, as they are. */
  writeBytes(bytes: Uint8Array): void {
    this.#drain();
    this.#send(bytes, bytes.length);
  }

  #drain(): void {
    const length = this.#filled;
    this.#filled = 0;
    this.#send(this.#buffer, length);
  }

  #send(bytes: Uint8Array, length: number): void {
    guarded(this.#file, this.#advice, () => {
      for (let at = 0; at < length;) at += writeSync(this.#descriptor, bytes, at, length - at);
    });
  }

  /** Returns when what was written is on the disk. */
  flush(): void {
    this.#drain();
    guarded(this.#file, this.#advice, () => fdatasyncSync(this.#descriptor));
  }

  /** The same without holding this thread up: a flush takes from 0.2 ms to many milliseconds. */
  async flushed(): Promise<void> {
    this.#drain();
    try {
      await promisify(fdatasync)(this.#descriptor);
    } catch (error) {
      throw writeError(this.#file, error, this.#advice) ?? error;
    }
  }

  close(): void {
    try {
      this.#drain();
    } finally {
      closeSync(this.#descriptor);
    }
  }
}

export function guarded<T>(file: string, advice: WriteAdvice, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw writeError(file, error, advice) ?? error;
  }
}

/** Writes a file so that it is there whole or not at all, whenever the process or the machine stops. */
export function writeWhole(file: string, parts: Iterable<string>, advice: WriteAdvice): void {
  const draft = `${file}.part`;
  try {
    const out = new Appender(draft, { flags: 'w', advice });
    try {
      for (const part of parts) out.write(part);
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
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** For what stands in the folder of a run. */
export const OTHER_FOLDER: WriteAdvice = { elsewhere: 'choose another folder with --out' };

/**
 * Makes a folder and those above it, one by one: where it is recursive, Node's own mkdir says ENOENT of places that are read-only or not
 * ours, and never returns below /proc.
 */
export function makeFolder(folder: string, advice: WriteAdvice): void {
  const missing: string[] = [];
  for (let at = path.resolve(folder); !existsSync(at) && at !== path.dirname(at); at = path.dirname(at)) missing.unshift(at);
  guarded(folder, advice, () => {
    for (const each of missing) makeOne(each);
  });
}

function makeOne(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    const code = errorCode(error);
    // Another process was faster.
    if (code === 'EEXIST') return;
    // The folder above is there: a file system that takes no folders, as /proc, says that the new one is not.
    throw code === 'ENOENT' && existsSync(path.dirname(folder))
      ? Object.assign(new Error(folder, { cause: error }), { code: 'EPERM' })
      : error;
  }
}

/** Makes the folder of a new run: `out` where given (refused when it exists), else results/<name>, -2, -3 … */
export function makeRunFolder(name: string, out: string | undefined): string {
  if (out !== undefined) {
    if (out === '') throw new UserError('--out: received an empty name; accepted: a new folder');
    if (existsSync(out)) {
      throw new UserError(`--out ${out}: exists already; accepted: a new folder (to go on with an earlier run: --resume ${out})`);
    }
    try {
      makeFolder(out, OTHER_FOLDER);
    } catch (error) {
      // A place that cannot be used is a matter of the command line; a full disk is not.
      if (error instanceof UserError && errorCode(error.cause) !== 'ENOSPC') throw new UserError(error.message, { cause: error });
      throw error;
    }
    return out;
  }
  makeFolder('results', OTHER_FOLDER);
  for (let number = 1; ; number++) {
    const folder = path.join('results', number === 1 ? name : `${name}-${number}`);
    try {
      mkdirSync(folder);
      return folder;
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw writeError(folder, error, OTHER_FOLDER) ?? error;
    }
  }
}
