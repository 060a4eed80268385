// The requirements in the suite.yaml of a run's folder: whoever changes them there gets another answer from the same records.
import { z } from 'zod';
import type { Requirements } from '../model/requirements.ts';
import { withoutUndefined } from './omit.ts';
import { requirementsSchema } from './schema.ts';
import { parseSource, parseWith } from './source.ts';

/** The key at the top with all that is indented beneath it. The rest of a suite may be megabytes of delays, and is not read here. */
const BLOCK = /^requirements:.*(?:\n(?:[ \t].*)?)*/m;

const alone = z.object({ requirements: requirementsSchema });

/**
 * Undefined where the suite asks nothing. `name` stands in messages for the file.
 * @throws UserError for requirements that cannot be read
 */
export function requirementsIn(text: string, name: string): Requirements | undefined {
  const found = BLOCK.exec(text);
  if (found === null) return undefined;
  // Lines before it, so that a message counts from the file's first.
  const before = '\n'.repeat(text.slice(0, found.index).split('\n').length - 1);
  return withoutUndefined(parseWith(alone, parseSource('suite', name, before + found[0])).requirements);
}
