// A YAML (or JSON) file whose values know their lines, and the messages of what is wrong in it.
import { readFileSync } from 'node:fs';
import { LineCounter, isAlias, isMap, isNode, isPair, isScalar, isSeq, parseDocument, visit, type Document } from 'yaml';
import type { z } from 'zod';
import { UserError, readError, shown } from '../errors.ts';
import { didYouMean } from './near.ts';

export type Path = readonly PropertyKey[];

/** The path of item `index` of a value that may stand alone or in a list. */
export function itemPath(source: Source, list: Path, index: number): Path {
  return Array.isArray(writtenAt(source, list)) ? [...list, index] : list;
}

/** The value at a path, as it was written. */
export function writtenAt(source: Source, path: Path): unknown {
  let raw: unknown = source.data;
  for (const step of path) raw = (raw as Record<PropertyKey, unknown> | null | undefined)?.[step];
  return raw;
}

/** Something wrong at a place: what was received, what is accepted. */
export interface Problem {
  readonly path: Path;
  /** Without `received`: the sentence stands alone. */
  readonly received?: unknown;
  readonly message: string;
  readonly kind: 'value' | 'unknown key' | 'sentence';
  /** Names among what is accepted, for "did you mean". */
  readonly known?: readonly string[];
  /** Where the received value came from, if not from this place: `the default`. */
  readonly origin?: string;
  /** Of an unknown key: where it belongs. */
  readonly belongs?: string;
}

const KEYS = 'the keys ';
/** What an object without other keys than these accepts; the issue of an unknown key carries no list of its own. */
export function keysText(keys: readonly string[]): string {
  return KEYS + keys.join(', ');
}
function keysIn(text: string): readonly string[] {
  return text.startsWith(KEYS) ? text.slice(KEYS.length).split(', ') : [];
}

export interface Source {
  /** As the user named it. */
  readonly name: string;
  readonly data: unknown;
  /** The line of a value, or of the nearest thing around it that is in the file. */
  lineOf(path: Path): number | null;
  /** Places that did not come from the file, and what to call them instead: `sweep.nodes` → `--nodes`. */
  readonly replaced: Map<string, string>;
}

/** `workloads.pow[1].nodes` */
function pathText(path: Path): string {
  let text = '';
  for (const step of path) text += typeof step === 'number' ? `[${step}]` : text === '' ? String(step) : `.${String(step)}`;
  return text;
}

/** Reads and parses; UserError when it is missing, empty or no YAML. */
export function readSource(what: string, file: string): Source {
  return parseSource(what, file, readText(what, file));
}

/** The text of a file; UserError when it cannot be read. */
export function readText(what: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw readError(what, file, error);
  }
}

export function parseSource(what: string, name: string, text: string): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true });
  const [error] = document.errors;
  const lineAt = (offset: number): number => lines.linePos(offset).line;
  if (error !== undefined) {
    const line = lineAt(error.pos[0]);
    if (error.code === 'MULTIPLE_DOCS')
      throw new UserError(`${name}:${line}: another document begins here; accepted: a single ${what}, without --- between its lines`);
    throw new UserError(`${name}:${line}: not YAML: ${error.message.split('\n')[0]}; accepted: a ${what} in YAML or JSON`);
  }
  if (document.contents === null) throw new UserError(`${what} ${name}: the file is empty; accepted: YAML or JSON`);
  const reference = badReference(document);
  if (reference !== null) throw new UserError(`${name}:${lineAt(reference.offset)}: ${reference.message}`);
  let data: unknown;
  try {
    data = document.toJS({ maxAliasCount: 1000 });
  } catch (cause) {
    throw new UserError(`${name}: not YAML that can be read: ${(cause as Error).message}`, { cause });
  }
  return { name, data, replaced: new Map(), lineOf: (path) => lineOf(document, lines, path) };
}

/** An alias without an anchor before it, or something under `<<` that has no keys to take over; null: there is none. */
function badReference(document: Document): { offset: number; message: string } | null {
  let found: { offset: number; message: string } | null = null;
  const anchors: string[] = [];
  const bad = (node: unknown, message: string): symbol => {
    found = { offset: isNode(node) ? (node.range?.[0] ?? 0) : 0, message };
    return visit.BREAK;
  };
  visit(document, {
    Node: (_, node) => {
      if (!isAlias(node)) {
        if (node.anchor !== undefined) anchors.push(node.anchor);
        return undefined;
      }
      if (node.resolve(document) !== undefined) return undefined;
      const known = anchors.length === 0 ? 'none does' : anchors.join(', ');
      return bad(node, `received *${node.source}${didYouMean(node.source, anchors)}; accepted: an anchor that stands before it (${known})`);
    },
    Pair: (_, { key, value }) => {
      if (!isScalar(key) || key.source !== '<<' || key.type !== 'PLAIN') return undefined;
      const whole = isAlias(value) ? value.resolve(document) : value;
      for (const one of isSeq(whole) ? whole.items : [value]) {
        const target = isAlias(one) ? one.resolve(document) : one;
        if (target === undefined || isMap(target)) continue;
        return bad(
          one,
          `<<: received ${shown(isNode(target) ? target.toJS(document) : target)}; accepted: an object whose keys are taken over, like *base`,
        );
      }
      return undefined;
    },
  });
  return found;
}

/** A source that is no file: data given by a program or by flags. */
export function dataSource(name: string, data: unknown): Source {
  return { name, data, replaced: new Map(), lineOf: () => null };
}

function lineOf(document: Document, lines: LineCounter, path: Path): number | null {
  for (let length = path.length; length > 0; length--) {
    const parent: unknown = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const step = path[length - 1];
    // A key's own line is where a person looks, also for a value that begins below it.
    const key = isMap(parent) ? parent.items.find((pair) => isNode(pair.key) && String(pair.key) === String(step))?.key : undefined;
    const node: unknown = isNode(key) ? key : document.getIn(path.slice(0, length), true);
    const range = isNode(node) ? node.range : isPair(node) && isNode(node.key) ? node.key.range : undefined;
    if (range) return lines.linePos(range[0]).line;
  }
  return isNode(document.contents) && document.contents.range ? lines.linePos(document.contents.range[0]).line : null;
}

/** The issues of a failed parse as problems: inside a union those of the branch that came closest. */
function problemsOf(issues: readonly z.core.$ZodIssue[], base: Path = []): Problem[] {
  return issues.flatMap((issue): Problem[] => {
    const path = [...base, ...issue.path];
    if (issue.code === 'invalid_union') {
      const branch = closestBranch(issue);
      if (branch !== null) return problemsOf(branch, path);
      const { discriminator } = issue as { discriminator?: string };
      const received = discriminator === undefined ? issue.input : (issue.input as Record<string, unknown>)[discriminator];
      const known = discriminator === undefined ? issue.errors.flat().flatMap(choicesOf) : (issue as { options?: unknown[] }).options;
      return [{ path, received, message: issue.message, kind: 'value', known: (known ?? []).map(String) }];
    }
    if (issue.code === 'unrecognized_keys') {
      const { message } = issue;
      return issue.keys.map((key) => ({ path: [...path, key], message, kind: 'unknown key', known: keysIn(message) }));
    }
    return [{ path, received: issue.input, message: issue.message, kind: 'value', known: choicesOf(issue) }];
  });
}

function choicesOf(issue: z.core.$ZodIssue): readonly string[] {
  return issue.code === 'invalid_value' ? issue.values.map(String) : [];
}

function closestBranch(issue: z.core.$ZodIssueInvalidUnion): readonly z.core.$ZodIssue[] | null {
  let best: readonly z.core.$ZodIssue[] | null = null;
  let bestDepth = 0;
  for (const branch of issue.errors) {
    const depth = Math.max(...branch.map(depthOf));
    if (depth > bestDepth) [best, bestDepth] = [branch, depth];
  }
  if (best !== null) return best;
  // All failed at the top. A union with words of its own says it best; a value-or-list union takes the branch of the right shape.
  if (issue.message !== 'Invalid input') return null;
  return issue.errors[Array.isArray(issue.input) ? 0 : issue.errors.length - 1] ?? null;
}

function depthOf(issue: z.core.$ZodIssue): number {
  if (issue.code === 'unrecognized_keys') return issue.path.length + 1;
  if (issue.code !== 'invalid_union') return issue.path.length;
  return issue.path.length + Math.max(0, ...issue.errors.map((branch) => Math.max(...branch.map(depthOf))));
}

/** `suite.yaml:12: sweep.nodes[1]: received 0; accepted: an integer from 1 to 100000` */
function problemText(source: Source, problem: Problem): string {
  const place = pathText(problem.path);
  const flag = replacement(source, problem.path);
  const line = flag === undefined ? source.lineOf(problem.path) : null;
  const where = flag ?? `${source.name}${line === null ? '' : `:${line}`}${place === '' ? '' : `: ${place}`}`;
  const { known = [], origin, belongs } = problem;
  if (problem.kind === 'unknown key') {
    const hint = belongs === undefined ? didYouMean(problem.path.at(-1), known) : ` (it belongs ${belongs})`;
    return `${where}: unknown key${hint}; accepted: ${problem.message}`;
  }
  if (problem.kind === 'sentence') return `${where}: ${problem.message}`;
  const note = origin === undefined ? didYouMean(problem.received, known) : ` (${origin})`;
  return `${where}: received ${shown(problem.received)}${note}; accepted: ${problem.message}`;
}

function replacement(source: Source, path: Path): string | undefined {
  for (let length = path.length; length > 0; length--) {
    const name = source.replaced.get(pathText(path.slice(0, length)));
    if (name !== undefined) return name;
  }
  return undefined;
}

const MOST_SHOWN = 10;

/** One message for all problems of a file, in the order of the file, each once: one value may break several rules of one text. */
export function problemsError(source: Source, problems: readonly Problem[]): UserError {
  const order = problems.map((problem, index) => ({ problem, index, line: source.lineOf(problem.path) ?? 0 }));
  order.sort((x, y) => x.line - y.line || x.index - y.index);
  const texts = [...new Set(order.map(({ problem }) => problemText(source, problem)))];
  const shownTexts = texts.length > MOST_SHOWN ? [...texts.slice(0, MOST_SHOWN), `… and ${texts.length - MOST_SHOWN} more`] : texts;
  return new UserError(shownTexts.join('\n'));
}

/** Parses data with a schema; UserError that names the places. `reword` may say better what a place accepts. */
export function parseWith<T extends z.ZodType>(
  schema: T,
  source: Source,
  reword: (problem: Problem) => Problem = (problem) => problem,
): z.output<T> {
  const result = schema.safeParse(source.data, { reportInput: true });
  if (result.success) return result.data;
  // The first problem of a place: a value out of its range breaks the rules that build on it too.
  const places = new Map<string, Problem>();
  for (const problem of problemsOf(result.error.issues)) {
    const place = pathText(problem.path);
    if (!places.has(place)) places.set(place, reword(problem));
  }
  throw problemsError(source, [...places.values()]);
}
