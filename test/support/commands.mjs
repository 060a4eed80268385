// Commands of the tool one after another in one process, which loads its modules once: argument lists as JSON on standard input, how each
// ended as JSON on standard output. For commands that end by themselves, as those that are refused do.
import { pathToFileURL } from 'node:url';
import { json } from 'node:stream/consumers';

const { main, lists } = await json(process.stdin);
// Each command listens to both streams.
for (const stream of [process.stdout, process.stderr]) stream.setMaxListeners(0);

const ended = [];
for (const [number, args] of lists.entries()) {
  const texts = { stdout: '', stderr: '' };
  const writes = { stdout: process.stdout.write, stderr: process.stderr.write };
  for (const name of ['stdout', 'stderr'])
    process[name].write = (text) => {
      texts[name] += text;
      return true;
    };
  process.argv = [process.execPath, main, ...args];
  process.exitCode = undefined;
  try {
    // The query makes it a module of its own; what it imports is shared.
    await import(`${pathToFileURL(main)}?${number}`);
  } finally {
    Object.assign(process.stdout, { write: writes.stdout });
    Object.assign(process.stderr, { write: writes.stderr });
  }
  ended.push({ status: process.exitCode ?? 0, ...texts });
}
process.exitCode = 0;
process.stdout.write(JSON.stringify(ended));
