// Runs the code blocks of docs/analysis.md in the folder of a run: node scripts/run-analysis.mjs DIR [FOLDER]
// FOLDER: where the npm package @duckdb/node-api is installed (its node_modules), else it is looked for beside this project.
// A block whose program is not there is skipped, and said to be; one that fails ends with exit status 1.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const [run, packages = root] = process.argv.slice(2);
const page = readFileSync(path.join(root, 'docs/analysis.md'), 'utf8');
const blocks = [...page.matchAll(/^```\w+ (\S+)\n([\s\S]*?)^```/gm)].map(([, name, code]) => ({ name, code }));

const works = (command, ...args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;
/** The first Python that has these modules: a distribution's packages are for its own. */
const pythonWith = (...modules) => ['python3', '/usr/bin/python3'].find((python) => works(python, '-c', `import ${modules.join(', ')}`));
function duckdb() {
  try {
    return createRequire(path.join(path.resolve(packages), 'package.json')).resolve('@duckdb/node-api');
  } catch {
    return null;
  }
}
const inDuckdb = `const { DuckDBInstance } = await import(process.argv[1]);
const { readFileSync } = await import('node:fs');
const connection = await (await DuckDBInstance.create()).connect();
for (const query of readFileSync('analysis.sql', 'utf8').split(/;\\s*$/m).filter((text) => text.trim() !== ''))
  console.log(JSON.stringify((await connection.runAndReadAll(query)).getRowObjectsJson()).slice(0, 500));`;

const pandas = pythonWith('pandas');
const parquet = pythonWith('pandas', 'pyarrow') ?? pythonWith('pandas', 'fastparquet');

const TEX_STYLES = ['booktabs', 'siunitx', 'pgfplots'];

/** What each block needs (true, or what is missing) and how it is run. */
const PROGRAMS = {
  'analysis-pandas.py': {
    needs: () => pandas !== undefined || 'no python3 with pandas',
    run: [pandas, 'analysis-pandas.py'],
  },
  'analysis-parquet.py': {
    needs: () => parquet !== undefined || 'no python3 with pandas and pyarrow or fastparquet',
    run: [parquet, 'analysis-parquet.py'],
  },
  'analysis.sql': {
    needs: () => duckdb() !== null || 'no package @duckdb/node-api',
    run: [process.execPath, '--input-type=module', '-e', inDuckdb, '--', duckdb() === null ? '' : pathToFileURL(duckdb()).href],
  },
  'analysis.R': { needs: () => works('Rscript', '--version') || 'no Rscript', run: ['Rscript', 'analysis.R'] },
  'analysis.mjs': { needs: () => true, run: [process.execPath, 'analysis.mjs'] },
  'analysis.tex': {
    needs: () =>
      (works('pdflatex', '--version') && TEX_STYLES.every((style) => works('kpsewhich', `${style}.sty`))) ||
      `no pdflatex with ${TEX_STYLES.join(', ')}`,
    run: ['pdflatex', '-halt-on-error', '-interaction=nonstopmode', 'analysis.tex'],
  },
};

const folder = mkdtempSync(path.join(tmpdir(), 'analysis-'));
const counted = { ran: 0, skipped: 0, failed: 0 };
try {
  cpSync(run, folder, { recursive: true });
  for (const { name, code } of blocks) {
    writeFileSync(path.join(folder, name), code);
    const program = PROGRAMS[name];
    if (program === undefined) throw new Error(`docs/analysis.md: no program is known for ${name}`);
    const needed = program.needs();
    if (needed !== true) {
      counted.skipped += 1;
      console.error(`SKIPPED: ${name} of docs/analysis.md did not run: ${needed}`);
      continue;
    }
    const [command, ...args] = program.run;
    const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 28 });
    counted[status === 0 ? 'ran' : 'failed'] += 1;
    console.log(`${status === 0 ? 'ran' : 'FAILED'}: ${name}`);
    if (status !== 0) console.error(`${stdout}${stderr}`.split('\n').slice(-40).join('\n'));
  }
} finally {
  rmSync(folder, { recursive: true });
}
console.log(`docs/analysis.md: ${counted.ran} blocks ran, ${counted.skipped} skipped, ${counted.failed} failed`);
process.exitCode = counted.failed > 0 || counted.ran === 0 ? 1 : 0;
