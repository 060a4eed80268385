// Readers of flag values: each error says what was received and what is accepted.
import { InvalidArgumentError } from 'commander';

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

/** For a flag that takes several integers: `--nodes 4 7 10` or `--nodes 4,7,10`. */
export function integersFlag(min: number, max: number): (text: string, before: readonly number[] | undefined) => number[] {
  const one = integerFlag(min, max);
  return (text, before) => [...(before ?? []), ...text.split(',').map((part) => one(part.trim()))];
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
