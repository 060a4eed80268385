import { expect } from 'vitest';
import { UserError } from '../../harness/errors.ts';
import { parseSuite } from '../../harness/suite/load.ts';

/** What is said of a suite called s.yaml; '' where it is taken. Nothing but a UserError may be thrown. */
export function refusalOf(text: string, options: Parameters<typeof parseSuite>[1] = {}): string {
  try {
    parseSuite(text, { name: 's.yaml', ...options });
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as Error).message;
  }
  return '';
}
