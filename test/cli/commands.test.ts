// Flags and commands around a run: standard input, --filter, --replicates, --open, view, init, completion, doctor.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TEMPLATES, asked } from '../../harness/cli/init.ts';
import { opener } from '../../harness/cli/open.ts';
import { parseSuite } from '../../harness/suite/load.ts';
import { planCells } from '../../harness/suite/plan.ts';
import { COSTS, copyDist, type Copy, type Ended } from '../support/copy.ts';
import { until } from '../support/until.ts';

let copy: Copy;
const file = (name: string): string => path.join(copy.folder, name);
const suite = (name: string): string =>
  `name: ${name}\nreplicates: 3\ndecisions: 2\nsweep: { nodes: [4, 7] }\nworkloads: { fixture: { x: [1, 2] } }\n`;

beforeAll(() => {
  copy = copyDist({ fixture: true });
  mkdirSync(file('bin'));
  // In place of the desktop's opener: writes down what it was given.
  writeFileSync(file('bin/xdg-open'), `#!/bin/sh\nprintf '%s' "$1" > '${file('opened')}'\n`);
  chmodSync(file('bin/xdg-open'), 0o755);
});
afterAll(() => copy.remove());

/** With the opener of `bin` alone on the PATH, or with none. */
function cli(args: readonly string[], { input = '', opens = true }: { input?: string; opens?: boolean } = {}) {
  rmSync(file('opened'), { force: true });
  const { status, stdout, stderr } = spawnSync(process.execPath, [copy.main, ...args], {
    cwd: copy.folder,
    encoding: 'utf8',
    input,
    env: { ...process.env, PATH: opens ? `${file('bin')}${path.delimiter}/bin${path.delimiter}/usr/bin` : file('empty') },
  });
  return { status, stdout, stderr };
}

describe('run', () => {
  test('- is a suite on standard input; -o is --out; --filter and --replicates cut it down, and the folder has what was run', () => {
    const { status, stdout, stderr } = cli(
      ['run', '-', '-o', 'piped', '--costs', COSTS, '--filter', 'nodes=7', '--filter', 'x=2', '--replicates', '2'],
      { input: suite('piped') },
    );
    expect(stderr).toContain('2 of 2 cells (100%)');
    expect(stdout).toContain('2 cells: 2 done, 0 stalled\nreport: piped/report.html\n');
    expect(status).toBe(0);
    expect(cli(['run', '--resume', 'piped']).stderr).toContain('piped is finished');
  });

  test('standard input that is no suite is one message', () => {
    for (const [input, message] of [
      ['', 'suite standard input: the file is empty; accepted: YAML or JSON\n'],
      ['name: x\nsed: 1\nsweep: { nodes: 4 }\nworkloads: { fixture: {} }\n', /^standard input:2: sed: unknown key \(did you mean seed\?\)/],
    ] as const) {
      const { status, stdout, stderr } = cli(['run', '-'], { input });
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      if (typeof message === 'string') expect(stderr).toBe(message);
      else expect(stderr).toMatch(message);
    }
  });

  test('--open opens the report; where nothing can, it says so and the run is none the worse', async () => {
    const args = (out: string) => ['run', '-', '-o', out, '--costs', COSTS, '--filter', 'nodes=4', '--replicates', '1', '--open'];
    expect(cli(args('open'), { input: suite('open') }).status).toBe(0);
    await until('the opener has run', () => existsSync(file('opened')));
    expect(readFileSync(file('opened'), 'utf8')).toBe(file('open/report.html'));
    const { status, stderr } = cli(args('shut'), { input: suite('shut'), opens: false });
    expect(status).toBe(0);
    expect(stderr).toContain(`not opened: there is no xdg-open on this machine; open ${file('shut/report.html')} in a browser\n`);
  });
});

describe('view', () => {
  test('prints the path of the report and opens it', async () => {
    expect(cli(['view', 'open'])).toEqual({ status: 0, stdout: `${file('open/report.html')}\n`, stderr: '' });
    await until('the opener has run', () => existsSync(file('opened')));
    expect(readFileSync(file('opened'), 'utf8')).toBe(file('open/report.html'));
  });

  test('without an opener the path is enough', () => {
    const { status, stdout, stderr } = cli(['view', 'open'], { opens: false });
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${file('open/report.html')}\n` });
    expect(stderr).toMatch(/^not opened: there is no xdg-open on this machine; open .* in a browser\n$/);
  });

  test('a run without its report: the command that writes it', () => {
    rmSync(file('open/report.html'));
    const { status, stderr } = cli(['view', 'open']);
    expect(status).toBe(2);
    expect(stderr).toContain('there is no report.html in it (npx consensus-bench report open writes it)');
  });
});

describe('init', () => {
  test.each(Object.keys(TEMPLATES))('%s is a suite that plans, with its comments, a name and the schema beside it', (template) => {
    const { status, stdout } = cli(['init', `${template}.yaml`, '--template', template, '--name', 'mine']);
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${template}.yaml\n` });
    const text = readFileSync(file(`${template}.yaml`), 'utf8');
    expect(text).toMatch(/^# yaml-language-server: \$schema=suites\/suite\.schema\.json\n# .*\n/);
    expect(text).toMatch(/^name: mine$/m);
    expect(planCells(parseSuite(text)).next().done).toBe(false);
  });

  test('asks on a terminal; an answer that is none is asked again, an empty one takes what is proposed', async () => {
    const answering =
      (...answers: string[]) =>
      async (): Promise<string> =>
        Promise.resolve(answers.shift()!);
    const open = { file: undefined, name: undefined };
    expect(await asked(answering('9', 'lecture', ' talk ', ''), open)).toEqual({ template: 'lecture', name: 'talk', file: 'suite.yaml' });
    expect(await asked(answering('', '', 'x.yaml'), open)).toEqual({ template: 'consortium', name: undefined, file: 'x.yaml' });
    expect(await asked(answering('4'), { file: 'f.yaml', name: 'n' })).toEqual({ template: 'paper', name: 'n', file: 'f.yaml' });
  });
});

describe('completion', () => {
  test('bash completes commands, flags and what flags take', () => {
    const script = cli(['completion', 'bash']).stdout;
    const complete = (...words: string[]): string => {
      const call = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _consensus_bench; echo "\${COMPREPLY[*]}"`;
      const { status, stdout, stderr } = spawnSync('bash', ['-c', `${script}\n${call}`], { encoding: 'utf8' });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      return stdout.trim();
    };
    expect(complete('consensus-bench', 'com')).toBe('compare completion');
    expect(complete('consensus-bench', 'run', '--fil')).toBe('--filter');
    expect(complete('consensus-bench', 'run', '--workload', 'stel')).toBe('stellar-scp');
    expect(complete('consensus-bench', 'init', '--template', 'p')).toBe('public-network paper');
    expect(complete('consensus-bench', 'list', 'netw')).toBe('networks');
  });

  test('bash completes npx consensus-bench as consensus-bench, and leaves the rest of npx alone', () => {
    const script = cli(['completion', 'bash']).stdout;
    const complete = (...words: string[]): string => {
      const call = `COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _consensus_bench_npx; echo "\${COMPREPLY[*]}"`;
      return spawnSync('bash', ['-c', `${script}\n${call}`], { encoding: 'utf8' }).stdout.trim();
    };
    expect(complete('npx', 'cons')).toBe('consensus-bench');
    expect(complete('npx', 'consensus-bench', 'doc')).toBe('doctor');
    expect(complete('npx', 'consensus-bench', 'run', '--workload', 'stel')).toBe('stellar-scp');
    expect(complete('npx', 'prettier', '--ch')).toBe('');
  });

  test.each(['zsh', 'fish'])('%s has every command and flag', (shell) => {
    const script = cli(['completion', shell]).stdout;
    for (const word of ['compare', 'doctor', 'init', 'threshold', 'filter', 'template', 'pbft']) expect(script).toContain(word);
  });

  const completions = [
    ['consensus-bench run --fil', 'consensus-bench run --filter'],
    ['consensus-bench run --workload stel', 'consensus-bench run --workload stellar-scp'],
    ['consensus-bench list netw', 'consensus-bench list networks'],
    ['npx consensus-bench doc', 'npx consensus-bench doctor'],
    ['npx consensus-bench init --template lec', 'npx consensus-bench init --template lecture'],
  ] as const;
  /** A shell that is not there is told, and not passed by in silence. */
  const missing = (shell: string): boolean => {
    const isMissing = spawnSync(shell, ['-c', 'true']).error !== undefined;
    if (isMissing) console.warn(`SKIPPED: no ${shell} here, so its completion is not tried in a real shell`);
    return isMissing;
  };

  test.skipIf(missing('zsh'))('a zsh with a terminal completes what is typed', () => {
    writeFileSync(file('_consensus-bench'), cli(['completion', 'zsh']).stdout);
    // ^X prints the line that Tab has completed.
    const script = `zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "autoload -Uz compinit; compinit -D -u; source ./_consensus-bench; bindkey '^I' complete-word; what() { print -r -- \\"[[\\$BUFFER]]\\"; BUFFER='' }; zle -N what; bindkey '^X' what; print REA''DY"
until_said() { local out='' chunk; integer i=0; while ((i++ < 600)); do if zpty -rt z chunk; then out+=$chunk; fi; [[ $out == *$~1* ]] && break; sleep 0.05; done; print -r -- "$out" }
until_said READY >/dev/null
for line in "$@"; do zpty -n -w z "$line"$'\t\x18'; until_said ']]'; done`;
    const { stdout, stderr } = spawnSync('zsh', ['-f', '-c', script, 'zsh', ...completions.map(([typed]) => typed)], {
      cwd: copy.folder,
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect(stderr).toBe('');
    expect([...stdout.matchAll(/\[\[(.*?)\s*\]\]/g)].map(([, line]) => line)).toEqual(completions.map(([, completed]) => completed));
  });

  test.skipIf(missing('fish'))('fish completes what is typed', () => {
    const script = file('consensus-bench.fish');
    writeFileSync(script, cli(['completion', 'fish']).stdout);
    for (const [typed, completed] of completions) {
      const { stdout, stderr } = spawnSync('fish', ['--no-config', '-c', `source ${script}; complete -C '${typed}'`], { encoding: 'utf8' });
      expect(stderr).toBe('');
      expect(stdout.split('\n').map((line) => line.split('\t')[0])).toContain(completed.split(' ').at(-1));
    }
  });
});

test('doctor prints its checks, and 1 where the machine is unfit', () => {
  const { status, stdout } = cli(['doctor', '--json']);
  const { verdict, checks } = JSON.parse(stdout) as { verdict: string; checks: { id: string; found: string }[] };
  expect(status).toBe(verdict === 'unfit' ? 1 : 0);
  for (const id of ['cores', 'memory', 'load', 'clock', 'simd', 'node', 'noise']) expect(checks.map((check) => check.id)).toContain(id);
});

describe('wrong flags of these: one clear error, exit 2', () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['init'], /^init: no terminal to ask on; accepted: --template consortium, /],
    [['init', 'suites/quick.yaml', '--template', 'paper'], /^init suites\/quick\.yaml: exists already; accepted: a new file$/m],
    [['init', 'none/x.yaml', '--template', 'paper'], /^init none\/x\.yaml: there is no folder none; accepted: /m],
    [
      ['init', 'x.yaml', '--template', 'thesis'],
      /argument 'thesis' is invalid\. Allowed choices are consortium, lecture, public-network, paper\./,
    ],
    [['init', 'x.yaml', '--template', 'paper', '--name', 'a b'], /^x\.yaml:\d+: name: received "a b"; accepted: /m],
    [['completion'], /missing required argument 'shell'/],
    [['completion', 'csh'], /argument value 'csh' is invalid for argument 'shell'\. Allowed choices are bash, zsh, fish\./],
    [['doctor', '--fix'], /unknown option '--fix'/],
  ];
  test.each(cases)('%j', (args, expected) => {
    const [{ status, stdout, stderr }] = copy.all([args]) as [Ended];
    expect(stderr).toMatch(expected);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(existsSync(file('x.yaml'))).toBe(false);
  });
});

test('each desktop has an opener', () => {
  expect((['darwin', 'win32', 'linux', 'freebsd'] as const).map((platform) => opener(platform)[0])).toEqual([
    'open',
    'cmd',
    'xdg-open',
    'xdg-open',
  ]);
});
