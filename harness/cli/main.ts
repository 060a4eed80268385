#!/usr/bin/env node
// The command line: one file a command. Only the files of this folder print and set exit statuses.
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { EXIT, UserError, errorCode, fileError, messageOf } from '../errors.ts';
import { visible } from '../words.ts';
import { addCompareCommand } from './compare.ts';
import { addCompletionCommand } from './completion.ts';
import { addDoctorCommand } from './doctor.ts';
import { addInitCommand } from './init.ts';
import { addKernelsCommand } from './kernels.ts';
import { addListCommand } from './list.ts';
import { addReportCommand } from './report.ts';
import { addRunCommand } from './run.ts';
import { addViewCommand } from './view.ts';

const manifest = new URL(import.meta.url.endsWith('.ts') ? '../../package.json' : '../../../package.json', import.meta.url);
const { version, description } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string; description: string };

// A reader that has seen enough (`| head`) is no error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    if (errorCode(error) === 'EPIPE') process.exit(process.exitCode ?? EXIT.done);
    throw error;
  });
}

const program = new Command('consensus-bench')
  .description(description)
  .version(version)
  .showHelpAfterError('(--help says what is accepted)')
  .addHelpText(
    'after',
    '\nExit status: 0 done (stalls and violations are results); 1 a cell timed out or failed, or a check does not hold;\n' +
      '2 usage or configuration; 130 interrupted (what is finished is kept).',
  )
  .exitOverride();
addRunCommand(program);
addKernelsCommand(program);
addListCommand(program);
addReportCommand(program);
addCompareCommand(program);
addDoctorCommand(program);
addInitCommand(program);
addCompletionCommand(program);
addViewCommand(program);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitStatus(error);
}

/** Prints what went wrong, once and without a stack trace. */
function exitStatus(error: unknown): number {
  // Commander has printed its own message (or the help that was asked for).
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  const known = error instanceof UserError ? error : fileError(error);
  if (known !== null) {
    process.stderr.write(`${visible(known.message)}\n`);
    return known.exitStatus;
  }
  process.stderr.write(
    `internal error: ${error instanceof Error ? `${error.name}: ` : ''}${messageOf(error)}\nPlease report it with the command and the suite.\n`,
  );
  return EXIT.failed;
}
