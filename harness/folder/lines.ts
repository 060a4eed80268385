// Large line files, read a chunk at a time so that memory does not grow with them.
import { closeSync, openSync, readSync } from 'node:fs';
import { readError } from '../errors.ts';

export interface Line {
  readonly text: string;
  /** From 1. */
  readonly number: number;
  /** Byte offset of the line's start. */
  readonly offset: number;
  /** Bytes with the line end. */
  readonly bytes: number;
  /** False: the file ends inside this line. */
  readonly ended: boolean;
}

const CHUNK_BYTES = 1 << 18;

/** Opens a file of lines for reading. UserError where it cannot be read. */
export function openLines(file: string): number {
  try {
    return openSync(file, 'r');
  } catch (error) {
    throw readError('lines of', file, error);
  }
}

export function* readLines(file: string): Generator<Line> {
  const descriptor = openLines(file);
  try {
    // One buffer for the whole file: what is left of a chunk moves to its front.
    let buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    let filled = 0;
    let offset = 0;
    let number = 0;
    for (;;) {
      if (filled === buffer.length) {
        const larger = Buffer.allocUnsafe(buffer.length * 2);
        buffer.copy(larger, 0, 0, filled);
        buffer = larger;
      }
      const length = readSync(descriptor, buffer, filled, buffer.length - filled, null);
      if (length === 0) break;
      const data = buffer.subarray(0, filled + length);
      let start = 0;
      for (let end = data.indexOf(10, filled); end >= 0; end = data.indexOf(10, start)) {
        number += 1;
        yield { text: data.toString('utf8', start, end), number, offset, bytes: end + 1 - start, ended: true };
        offset += end + 1 - start;
        start = end + 1;
      }
      buffer.copyWithin(0, start, data.length);
      filled = data.length - start;
    }
    if (filled > 0) yield { text: buffer.toString('utf8', 0, filled), number: number + 1, offset, bytes: filled, ended: false };
  } finally {
    closeSync(descriptor);
  }
}
