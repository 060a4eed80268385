// Prints the code block of a Markdown page that is marked with a file name: node scripts/extract-code.mjs PAGE NAME
import { readFileSync } from 'node:fs';

const [page, name] = process.argv.slice(2);
const fence = new RegExp('^```\\w+ ' + name.replaceAll('.', '\\.') + '\\n([\\s\\S]*?)^```', 'm');
const match = fence.exec(readFileSync(page, 'utf8'));
if (match === null) {
  console.error(`${page} has no code block marked ${name}`);
  process.exit(1);
}
process.stdout.write(match[1]);
