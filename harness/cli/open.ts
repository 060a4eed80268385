// Opens a file in whatever program the desktop has for it. Nothing waits for that program.
import { spawn } from 'node:child_process';
import path from 'node:path';

/** The command that opens a file on a platform: the desktop's own, so that the person's choice of a browser holds. */
export function opener(platform: NodeJS.Platform): readonly [command: string, ...args: string[]] {
  if (platform === 'darwin') return ['open'];
  // The empty text is the title of the window, which `start` would else take the file for.
  if (platform === 'win32') return ['cmd', '/c', 'start', ''];
  return ['xdg-open'];
}

/** Resolves with null once the opener has started, else with what keeps it from that: no error, since the path is printed anyway. */
export function openFile(file: string): Promise<string | null> {
  const [command, ...args] = opener(process.platform);
  return new Promise((resolve) => {
    const child = spawn(command, [...args, path.resolve(file)], { stdio: 'ignore', detached: true });
    child.on('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code === 'ENOENT' ? `there is no ${command} on this machine` : `${command}: ${error.message}`);
    });
    child.on('spawn', () => {
      child.unref();
      resolve(null);
    });
  });
}

/** Opens a report that was just named on standard output; where nothing can open it a line says so. */
export async function openReport(file: string): Promise<void> {
  const why = await openFile(file);
  if (why !== null) process.stderr.write(`not opened: ${why}; open ${path.resolve(file)} in a browser\n`);
}
