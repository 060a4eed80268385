// consensus-bench doctor: is this machine fit to measure on?
import type { Command } from 'commander';
import { EXIT } from '../errors.ts';
import { wrapped } from '../export/layout.ts';
import { terminalStyle } from '../run/terminal-style.ts';

const PROBE_S = 3;
const STATE_WIDTH = 10;
const ID_WIDTH = 17;
const SENTENCES = {
  good: 'fit: this machine is good to measure on',
  doubtful: 'doubtful: figures that a clock measures stand with the cautions above; simulated ones are the same anywhere',
  unfit: 'unfit: figures that a clock measures would mislead; simulated ones are the same anywhere',
} as const;

export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description(
      'is this machine fit to measure on? cores, limits, governor, load, clock, SIMD, Node and timing noise; exit status 1 where it is unfit',
    )
    .option('--json', 'print the checks as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const { diagnose, factsOf, probeNoise } = await import('../measure/doctor.ts');
      const { captureEnvironment } = await import('../measure/environment.ts');
      if (json !== true) process.stderr.write(`timing the same work for ${PROBE_S} s\n`);
      const fitness = diagnose(factsOf(captureEnvironment()), probeNoise(PROBE_S));
      if (fitness.verdict === 'unfit') process.exitCode = EXIT.failed;
      if (json === true) {
        process.stdout.write(`${JSON.stringify(fitness)}\n`);
        return;
      }
      const { width } = terminalStyle(process.stdout, process.env);
      const indent = ' '.repeat(STATE_WIDTH + ID_WIDTH);
      const lines = fitness.checks.flatMap(({ id, state, found, advice }) =>
        [...wrapped(found, width - indent.length), ...(advice === '' ? [] : wrapped(`→ ${advice}`, width - indent.length))].map(
          (line, index) => `${index === 0 ? `${state.padEnd(STATE_WIDTH)}${id.padEnd(ID_WIDTH)}` : indent}${line}`,
        ),
      );
      process.stdout.write(`${[...lines, '', ...wrapped(SENTENCES[fitness.verdict], width)].join('\n')}\n`);
    });
}
