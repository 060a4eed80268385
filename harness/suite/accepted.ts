// What a workload's parameters accept, in words and from their schema alone: `list` prints it and every refusal says it.
import { z } from 'zod';
import type { Workload } from '../simulate/core/contract.ts';

export interface DeclaredParameter {
  readonly name: string;
  readonly type: string;
  /** `an integer from 1 to 1000000` */
  readonly accepted: string;
  /** A value to write, where the words alone do not give one; else null. */
  readonly example: string | null;
  readonly default: unknown;
  readonly description: string;
  /** The words among what is accepted; empty where there are none. */
  readonly words: readonly string[];
  /** It says how long a cell looks, not what mechanism it looks at (`.meta({ effort: true })`). */
  readonly effort: boolean;
  /** A suite sets it to suit a network or a load (`.meta({ tuning: true })`). */
  readonly tuning: boolean;
}

interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: string | number | boolean;
  readonly anyOf?: readonly JsonSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly default?: unknown;
  readonly description?: string;
  /** Words of the schema's own, by `.meta({ accepts })`: what a pattern means. */
  readonly accepts?: string;
  readonly effort?: boolean;
  readonly tuning?: boolean;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
}

const known = new WeakMap<Workload['parameters'], readonly DeclaredParameter[]>();

/** Parameters as the zod schema declares them. */
export function parametersOf({ parameters }: Pick<Workload, 'parameters'>): readonly DeclaredParameter[] {
  let list = known.get(parameters);
  if (list === undefined) {
    const { properties = {} } = z.toJSONSchema(parameters, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
    list = Object.entries(properties).map(([name, schema]) => ({
      name,
      type: schema.type ?? 'value',
      accepted: acceptedText(schema),
      example: schema.accepts === undefined ? exampleOf(schema) : null,
      default: schema.default,
      description: schema.description ?? '',
      words: wordsOf(schema),
      effort: schema.effort === true,
      tuning: schema.tuning === true,
    }));
    known.set(parameters, list);
  }
  return list;
}

/** What to write for a parameter, as a refusal says it: `an integer from 1 to 1000000, like 128`. */
export function whatToWrite({ accepted, example }: Pick<DeclaredParameter, 'accepted' | 'example'>): string {
  return example === null ? accepted : `${accepted}, like ${example}`;
}

function acceptedText(schema: JsonSchema): string {
  return schema.accepts ?? (schema.anyOf ?? [schema]).map(kindText).join(', or ');
}

function kindText(schema: JsonSchema): string {
  const words = wordsOf(schema);
  if (words.length > 0) return words.length === 1 ? words[0] : schema.type === 'boolean' ? 'true or false' : `one of ${words.join(', ')}`;
  if (schema.anyOf !== undefined || schema.accepts !== undefined) return acceptedText(schema);
  if (schema.type === 'string')
    return schema.minLength === undefined && schema.pattern === undefined ? 'a text' : 'a text that is not empty';
  const noun = schema.type === 'integer' ? 'an integer' : 'a number';
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  // zod gives every integer the safe range: a limit that nobody set is not worth a word.
  const stated = (limit: number | undefined): limit is number => limit !== undefined && Math.abs(limit) !== Number.MAX_SAFE_INTEGER;
  if (stated(minimum)) {
    if (stated(maximum)) return `${noun} from ${minimum} to ${maximum}`;
    return stated(exclusiveMaximum) ? `${noun} from ${minimum} to below ${exclusiveMaximum}` : `${noun} of at least ${minimum}`;
  }
  const above = stated(exclusiveMinimum) ? [`above ${exclusiveMinimum}`] : [];
  const below = stated(maximum) ? [`at most ${maximum}`] : stated(exclusiveMaximum) ? [`below ${exclusiveMaximum}`] : [];
  return [noun, [...above, ...below].join(' and ')].filter((part) => part !== '').join(' ');
}

/** The values of a choice. */
function wordsOf(schema: JsonSchema): readonly string[] {
  if (schema.anyOf !== undefined) return schema.anyOf.flatMap(wordsOf);
  if (schema.enum !== undefined) return schema.enum.map(String);
  if (schema.const !== undefined) return [String(schema.const)];
  return schema.type === 'boolean' ? ['true', 'false'] : [];
}

/** The default where it is a number or a text, else a number that fits; null where words are all there is to choose from. */
function exampleOf(schema: JsonSchema): string | null {
  const branches = schema.anyOf ?? [schema];
  const preset = schema.default;
  if (typeof preset === 'number') return String(preset);
  const numeric = branches.find(
    ({ type, enum: choices, const: only }) => (type === 'number' || type === 'integer') && choices === undefined && only === undefined,
  );
  if (numeric === undefined)
    return typeof preset === 'string' && preset !== '' && branches.some((branch) => wordsOf(branch).length === 0) ? `'${preset}'` : null;
  const { minimum = -Infinity, maximum = Infinity, exclusiveMinimum = -Infinity, exclusiveMaximum = Infinity } = numeric;
  const fits = (value: number): boolean => value >= minimum && value <= maximum && value > exclusiveMinimum && value < exclusiveMaximum;
  const example = [10, 1, 0.5, 100, minimum, maximum].find(fits);
  return example === undefined ? null : String(example);
}
