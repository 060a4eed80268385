// A file in a temporary folder of its own, for writes that must survive a crash.
import { randomFillSync } from 'node:crypto';
import { closeSync, fsyncSync, ftruncateSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** The file begins anew where a record would make it larger; a record that is larger by itself stands there alone. */
export const MOST_BYTES = 16 * 1024 * 1024;
/** What Linux calls tmpfs. */
const TMPFS = 0x01021994;

export class ScratchFile {
  readonly folder: string;
  readonly #descriptor: number;
  #length = 0;
  #content = new Uint8Array(0);

  /** @throws what the file system says where the temporary folder cannot be written */
  constructor() {
    this.folder = mkdtempSync(path.join(tmpdir(), 'consensus-bench-'));
    this.#descriptor = openSync(path.join(this.folder, 'records'), 'w');
  }

  /** Whether there is no disk below: a sync has then nothing to do. */
  get isMemory(): boolean {
    return statfsSync(this.folder).type === TMPFS;
  }

  /** Appends a record of so many bytes and waits until it would survive a crash; returns how many bytes were written. */
  appender(bytes: number): () => number {
    if (bytes > this.#content.length) this.#content = randomFillSync(new Uint8Array(bytes));
    const record = this.#content.subarray(0, bytes);
    return () => {
      if (this.#length + bytes > MOST_BYTES) {
        ftruncateSync(this.#descriptor, 0);
        this.#length = 0;
      }
      const written = writeSync(this.#descriptor, record, 0, bytes, this.#length);
      fsyncSync(this.#descriptor);
      this.#length += written;
      return written;
    };
  }

  /** Deletes the file and its folder. */
  close(): void {
    closeSync(this.#descriptor);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
