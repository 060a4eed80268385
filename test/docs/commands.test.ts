// What README, docs and the tool itself tell people to type works after `npm ci` in a checkout, and where the package is installed.
import { execFile } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const run = promisify(execFile);
const root = path.join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const pages = [
  'README.md',
  'README.zh-CN.md',
  ...readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map((file) => `docs/${file}`),
].filter((file) => file.endsWith('.md'));
const manifest = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

/** Texts that are typed: lines of shell blocks, and code in a line. */
function commandsIn(page: string): string[] {
  const text = read(page);
  const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block]) => block!.split('\n'));
  const inline = [...text.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!);
  return [...blocks, ...inline].flatMap((line) => line.replace(/\s+#.*$/, '').split(' && ')).map((line) => line.trim());
}
const typed = pages.flatMap((page) => commandsIn(page).map((command) => ({ page, command })));

/** The arguments of the tool in a command, where it is one of it. */
function argumentsOf(command: string): string[] | undefined {
  const match = /^(?:npx consensus-bench|npm run cli --) (.+)$/.exec(command) ?? /^npm (start --.*)$/.exec(command);
  return match?.[1]!
    .replace(/^start --/, 'run')
    .split(' ')
    .filter(Boolean);
}
const own = typed.flatMap(({ page, command }) => {
  const args = argumentsOf(command);
  return args === undefined ? [] : [{ page, command, args }];
});

test('`consensus-bench …` is not on the PATH after `npm ci`: no page and no message tells to type it without npx', () => {
  expect(typed.filter(({ command }) => /^consensus-bench [a-z]/.test(command))).toEqual([]);
  const sources = readdirSync(path.join(root, 'harness'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  for (const file of sources) {
    const code = read(`harness/${file}`).replaceAll(/^\s*(?:\/\/|\*|\/\*).*$/gm, '');
    expect(code.match(/(?<!npx )consensus-bench (?:run|kernels|list|report|compare|doctor|init|view) /g), file).toBeNull();
  }
});

describe('every command in README and docs exists, with its flags', async () => {
  const help = new Map<string, string>();
  for (const command of new Set(own.map(({ args }) => args[0]!))) {
    const { stdout } = await run(process.execPath, ['dist/harness/cli/main.js', command, '--help'], { cwd: root, timeout: 30_000 });
    help.set(command, stdout);
  }
  test('there are some', () => {
    expect(new Set(own.map(({ args }) => args[0]))).toEqual(
      new Set(['run', 'kernels', 'list', 'report', 'compare', 'doctor', 'init', 'completion', 'view']),
    );
  });
  test.each(own)('$page: $command', ({ args: [command, ...rest] }) => {
    const text = help.get(command!)!;
    expect(text).toContain(`consensus-bench ${command} `);
    for (const flag of rest.filter((arg) => arg.startsWith('--'))) expect(text).toMatch(new RegExp(`^\\s+${flag}\\b`, 'm'));
  });
  test.each([...new Set(typed.flatMap(({ command }) => /^npm run ([\w:-]+)/.exec(command)?.[1] ?? []))])(
    'npm run %s is a script',
    (script) => {
      expect(manifest.scripts).toHaveProperty([script]);
    },
  );
});

test('`npx consensus-bench` runs the checkout that it stands in', async () => {
  const { stdout } = await run('npm', ['exec', '--offline', '--no', '--', 'consensus-bench', 'list', 'pbft'], {
    cwd: root,
    timeout: 60_000,
  });
  expect(stdout).toContain('Practical Byzantine fault tolerance');
});
