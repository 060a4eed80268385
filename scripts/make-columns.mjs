// Writes docs/columns.md from the schema in dist/ (npm run build first).
import { writeFileSync } from 'node:fs';
import { columnsMarkdown } from '../dist/harness/export/columns.js';

writeFileSync(new URL('../docs/columns.md', import.meta.url), columnsMarkdown());
