// Large line files, read a chunk at a time so that memory does not grow with them.
import { closeSync, openSync, readSync } from 'node:fs';

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

export function* readLines(file: string): Generator<Line> {
  const descriptor = openSync(file, 'r');
  try {
    let rest: Buffer = Buffer.alloc(0);
    let offset = 0;
    let number = 0;
    for (;;) {
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      const length = readSync(descriptor, chunk, 0, CHUNK_BYTES, null);
      if (length === 0) break;
      const data = rest.length === 0 ? chunk.subarray(0, length) : Buffer.concat([rest, chunk.subarray(0, length)]);
      let start = 0;
      for (let end = data.indexOf(10); end >= 0; end = data.indexOf(10, start)) {
        number += 1;
        yield { text: data.toString('utf8', start, end), number, offset, bytes: end + 1 - start, ended: true };
        offset += end + 1 - start;
        start = end + 1;
      }
      rest = data.subarray(start);
    }
    if (rest.length > 0) yield { text: rest.toString('utf8'), number: number + 1, offset, bytes: rest.length, ended: false };
  } finally {
    closeSync(descriptor);
  }
}
