// consensus-bench init: a commented suite to begin with, which is one of the suites that ship.
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import { Option, type Command } from 'commander';
import { UserError } from '../errors.ts';

/** The suites that `init` begins with, each by its file in suites/, and what each is for. */
export const TEMPLATES = {
  consortium: 'which mechanism for 15 members in three data centres, at a rate that is asked for',
  lecture: 'what mechanisms cost, when they are final and where they break, for a lecture',
  'public-network': 'what a public network like Bitcoin draws and costs',
  paper: 'an evaluation section: two mechanisms over nodes, faults and loads, with intervals',
} as const;
export type Template = keyof typeof TEMPLATES;
const NAMES = Object.keys(TEMPLATES) as Template[];
const DEFAULT_FILE = 'suite.yaml';
const ADVICE = { elsewhere: 'choose another place' };

interface InitFlags {
  readonly template?: Template;
  readonly name?: string;
}

export function addInitCommand(program: Command): void {
  program
    .command('init')
    .description('write a commented suite to begin with: asks on a terminal, or takes --template')
    .argument('[file]', `the suite to write; must not exist (default: ${DEFAULT_FILE})`)
    .addOption(new Option('--template <name>', NAMES.map((one) => `${one}: ${TEMPLATES[one]}`).join('; ')).choices(NAMES))
    .option('--name <name>', 'the name of the suite, and of the folder of its results (default: that of the template)')
    .action(init);
}

async function init(file: string | undefined, flags: InitFlags): Promise<void> {
  if (file !== undefined) checkPlace(file);
  if (flags.template === undefined && !process.stdin.isTTY)
    throw new UserError(`init: no terminal to ask on; accepted: --template ${NAMES.join(', --template ')}`);
  const answers =
    flags.template === undefined
      ? await onTerminal(file, flags)
      : { file: file ?? DEFAULT_FILE, template: flags.template, name: flags.name };
  checkPlace(answers.file);
  const { SUITES_FOLDER, parseSuite } = await import('../suite/load.ts');
  const { writeWhole } = await import('../folder/files.ts');
  const text = suiteText(readFileSync(path.join(SUITES_FOLDER, `${answers.template}.yaml`), 'utf8'), {
    name: answers.name,
    schema: path.relative(path.resolve(path.dirname(answers.file)), path.join(SUITES_FOLDER, 'suite.schema.json')),
  });
  // A name that a suite may not have is said before anything is written.
  parseSuite(text, { name: answers.file });
  writeWhole(answers.file, [text], ADVICE);
  process.stdout.write(`${answers.file}\n`);
  process.stderr.write(
    `how long it takes: npx consensus-bench run ${answers.file} --dry-run\nrun it: npx consensus-bench run ${answers.file} --open\n`,
  );
}

interface Answers {
  readonly file: string;
  readonly template: Template;
  readonly name: string | undefined;
}

/** A template's text with another name, and with the schema where an editor finds it from the new place. */
export function suiteText(template: string, { name, schema }: { name: string | undefined; schema: string }): string {
  const placed = template.replace('$schema=suite.schema.json', () => `$schema=${schema.replaceAll(path.sep, '/')}`);
  return name === undefined ? placed : placed.replace(/^name: .*$/m, () => `name: ${name}`);
}

async function onTerminal(file: string | undefined, { name }: InitFlags): Promise<Answers> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await asked((question) => terminal.question(question), { file, name });
  } finally {
    terminal.close();
  }
}

/** What a person answers; an empty answer takes what stands in brackets, and one that cannot be is asked again. */
export async function asked(
  ask: (question: string) => Promise<string>,
  { file, name }: { file: string | undefined; name: string | undefined },
): Promise<Answers> {
  const list = NAMES.map((one, index) => `  ${index + 1}  ${one}: ${TEMPLATES[one]}\n`).join('');
  let template: Template | undefined;
  while (template === undefined) {
    const answer = (await ask(`What is it for?\n${list}A number or a name [1]: `)).trim();
    template = answer === '' ? NAMES[0] : (NAMES[Number(answer) - 1] ?? NAMES.find((one) => one === answer));
  }
  const called = name ?? ((await ask(`Its name [${template}]: `)).trim() || undefined);
  const place = file ?? ((await ask(`The file to write [${DEFAULT_FILE}]: `)).trim() || DEFAULT_FILE);
  return { file: place, template, name: called };
}

function checkPlace(file: string): void {
  if (file === '') throw new UserError('init: received an empty name; accepted: a new file in a folder that exists');
  if (existsSync(file)) throw new UserError(`init ${file}: exists already; accepted: a new file`);
  const folder = path.dirname(file);
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw new UserError(`init ${file}: there is no folder ${folder}; accepted: a new file in a folder that exists`);
}
