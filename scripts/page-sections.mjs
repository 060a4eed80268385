// Generated sections of pages, each between the comments `<!-- NAME: begin … -->` and `<!-- NAME: end -->`.
import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Puts sections into their pages; with --check on the command line it writes nothing, and ends with status 1 where one is not current.
 * `sections`: pairs of a page's file and the section's text.
 */
export function putSections(name, sections, script) {
  for (const [file, text] of sections) {
    const page = readFileSync(file, 'utf8');
    const [before, rest] = page.split(new RegExp(`(?<=<!-- ${name}: begin[^\\n]*-->\\n)`));
    if (rest === undefined) throw new Error(`${file} has no line <!-- ${name}: begin … -->`);
    const made = `${before}\n${text}\n${rest.slice(rest.indexOf(`<!-- ${name}: end -->`))}`;
    if (!process.argv.includes('--check')) writeFileSync(file, made);
    else if (made !== page) {
      console.error(`${file} is not current: run node ${script}`);
      process.exitCode = 1;
    }
  }
}
