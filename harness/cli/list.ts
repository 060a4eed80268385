// consensus-bench list [ID]: the workloads; of one: what its object declares; the networks with a name. There is no second copy of any of it.
import type { Command } from 'commander';
import { UserError } from '../errors.ts';
import { wrapped } from '../export/layout.ts';
import { MAX_NODES } from '../model/cell.ts';
import type { Workload } from '../simulate/core/contract.ts';
import { REGIONS_5 } from '../simulate/core/network-data.ts';
import type { DeclaredParameter } from '../suite/accepted.ts';
import { didYouMean } from '../suite/near.ts';
import { PRESETS, PRESET_NAMES } from '../suite/network-presets.ts';
import { omit } from '../suite/omit.ts';

export function addListCommand(program: Command): void {
  program
    .command('list')
    .argument('[id]', 'a workload, or networks')
    .description(
      'the workloads; of one: its parameters, fault kinds, bound and reference; networks: those with a name, their regions and sources',
    )
    .option('--json', 'print JSON')
    .action(async (id: string | undefined, { json }: { json?: boolean }) => {
      const { workloads } = await import('../workloads.ts');
      const { parametersOf } = await import('../suite/accepted.ts');
      const show = (workload: Workload): object => declared(workload, parametersOf(workload));
      if (id === undefined) {
        const all = [...workloads.values()];
        process.stdout.write(json === true ? toJson(all.map(show)) : listText(all));
        return;
      }
      if (id === 'networks') {
        process.stdout.write(json === true ? toJson(networks()) : networksText());
        return;
      }
      const workload = workloads.get(id);
      if (workload === undefined)
        throw new UserError(
          `list: received ${id}${didYouMean(id, [...workloads.keys(), 'networks'])}; accepted: a workload (${[...workloads.keys()].join(', ')}), or networks`,
        );
      process.stdout.write(json === true ? toJson(show(workload)) : workloadText(workload, parametersOf(workload)));
    });
}

interface NamedNetwork {
  readonly name: string;
  readonly what: string;
  readonly regions: readonly string[];
  readonly origin: string;
}

function networks(): NamedNetwork[] {
  const { what, origin, names } = REGIONS_5;
  const presets = PRESET_NAMES.map((name) => ({
    name,
    what: PRESETS[name].what,
    regions: PRESETS[name].regions,
    origin: PRESETS[name].origin,
  }));
  return [{ name: 'wan-5-regions', what, regions: names, origin }, ...presets];
}

function networksText(): string {
  const parts = networks().map(({ name, what, regions, origin }) =>
    [`${name}: ${what}`, ...labelled('regions', regions.join(', ')), ...labelled('source', origin)].join('\n'),
  );
  return `${parts.join('\n\n')}\n`;
}

function declared(workload: Workload, parameters: readonly DeclaredParameter[]): object {
  const { id, title, family, settings, reference, faultKinds, loads = [], nodes, bound, engines, horizon, observations = [] } = workload;
  return {
    id,
    title,
    family,
    settings,
    reference,
    faultKinds,
    loads,
    nodes,
    bound: bound.claim,
    engines: Object.keys(engines),
    horizon,
    observations,
    parameters: parameters.map((parameter) => omit(parameter, ['words', 'example', 'effort', 'tuning'])),
  };
}

function listText(all: readonly Workload[]): string {
  const width = Math.max(...all.map(({ id }) => id.length));
  const familyWidth = Math.max(...all.map(({ family }) => family.length));
  const lines = all.map(({ id, family, title }) => `${id.padEnd(width)}  ${family.padEnd(familyWidth)}  ${title}`);
  return `${lines.join('\n')}\n\nOf one: npx consensus-bench list ID\nNetworks with a name: npx consensus-bench list networks\n`;
}

function workloadText(workload: Workload, declaredParameters: readonly DeclaredParameter[]): string {
  const { id, title, family, settings, reference, faultKinds, loads = [], nodes, bound, engines, horizon, observations = [] } = workload;
  const { authors, venue, year, section } = reference;
  const most = nodes.max >= MAX_NODES ? `${nodes.max} (the most any suite may ask for)` : String(nodes.max);
  const head = [
    `${id}: ${title}`,
    '',
    ...labelled('family', family),
    ...labelled('settings', settings.join(', ')),
    ...labelled('reference', `${authors}: ${reference.title}. ${venue}, ${year}. ${section}`),
    ...labelled('nodes', `${nodes.min} to ${most}`),
    ...labelled('bound', bound.claim),
    ...labelled('fault kinds', faultKinds.join(', ')),
    ...labelled('loads', ['one decision after another', ...loads].join(', ')),
    ...labelled('engines', Object.keys(engines).join(', ')),
    ...labelled('horizon', horizon),
  ];
  const parameters = declaredParameters.flatMap(({ name, accepted, example, default: value, description }) => [
    `  ${name}`,
    ...wrap(
      `${description === '' ? '' : `${description.replace(/\.$/, '')}. `}Accepted: ${accepted}${example === null || typeof value === 'number' ? '' : `, like ${example}`}.${value === undefined ? '' : ` Default: ${JSON.stringify(value)}.`}`,
      6,
    ),
  ]);
  const observed = observations.flatMap(({ name, unit, description }) => [
    `  o_${name}`,
    ...wrap(`${description.replace(/\.$/, '')}.${unit === '' ? '' : ` Unit: ${unit}.`}`, 6),
  ]);
  const lines = [...head, '', parameters.length === 0 ? 'no parameters' : 'parameters', ...parameters];
  return `${[...lines, ...(observed.length === 0 ? [] : ['', 'observations', ...observed])].join('\n')}\n`;
}

const WIDTH = 80;
const LABEL = 13;

function labelled(label: string, text: string): string[] {
  const [first = '', ...rest] = wrap(text, LABEL);
  return [`${label.padEnd(LABEL)}${first.trimStart()}`, ...rest];
}

function wrap(text: string, indent: number): string[] {
  return wrapped(text.replace(/\s+/g, ' '), WIDTH - indent).map((line) => ' '.repeat(indent) + line);
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
