// Readers of flag values: each error says what was received and what is accepted.
import { InvalidArgumentError } from 'commander';
import { RANGE_ERROR, numbersOf } from '../suite/ranges.ts';

export function integerFlag(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (!(value >= min && value <= max)) throw new InvalidArgumentError(`Accepted: an integer from ${min} to ${max}.`);
    return value;
  };
}

export function numberFlag(min: number, max: number, unit: string): (text: string) => number {
  return (text) => {
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
    if (!(value >= min && value <= max)) throw new InvalidArgumentError(`Accepted: a number from ${min} to ${max} (${unit}).`);
    return value;
  };
}

/** For a flag that takes numbers of nodes: `--nodes 4 7 10`, `--nodes 4,7,10` or `--nodes 4..64:x2`. */
export function nodesFlag(text: string, before: readonly number[] | undefined): number[] {
  const read = (part: string): number[] => {
    const numbers = numbersOf(/^\d+$/.test(part) ? `${part}..${part}` : part);
    if (numbers === null) throw new InvalidArgumentError(`Accepted: ${RANGE_ERROR}.`);
    return numbers;
  };
  return [...(before ?? []), ...text.split(',').flatMap((part) => read(part.trim()))];
}

/** For a flag that takes words, as `failed,timeout`. */
export function listFlag<Word extends string>(words: readonly Word[]): (text: string) => Word[] {
  return (text) =>
    text.split(',').map((part) => {
      const word = words.find((candidate) => candidate === part.trim());
      if (word === undefined) throw new InvalidArgumentError(`Accepted: ${words.join(', ')}, or several of them with commas between.`);
      return word;
    });
}
