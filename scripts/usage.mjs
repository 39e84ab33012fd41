// The command lines of the scripts: --help prints the script's own head, which tells what it does and how it is asked.
// Imported first, so that nothing else has begun by then.

import { readFileSync, realpathSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const script = process.argv[1] ?? '';
const folders = ['.', '../bench'].map((folder) => fileURLToPath(new URL(folder, import.meta.url)).replace(/\/$/, ''));
const asked = process.argv.slice(2);

if ((asked.includes('--help') || asked.includes('-h')) && isOurs()) {
  console.log(headOf(readFileSync(script, 'utf8')));
  process.exit(0);
}

/** Whether a script of ours was started, and not somebody who imports one. */
function isOurs() {
  return script !== '' && folders.includes(dirname(realpathSync(script)));
}

/** The comment at a file's start, as text. */
function headOf(source) {
  const lines = source.split('\n');
  return lines
    .slice(
      0,
      lines.findIndex((line) => !line.startsWith('//')),
    )
    .map((line) => line.replace(/^\/\/ ?/, ''))
    .join('\n');
}

/** As `parseArgs`; what it refuses is said in one line, and ends the script with status 2. */
export function given(config) {
  try {
    return parseArgs(config);
  } catch (error) {
    const [why] = error.message.split(/\.|\n/, 1);
    const name = `${basename(dirname(script))}/${basename(script)}`;
    console.error(`${why}\nnode ${name} --help tells what there is`);
    return process.exit(2);
  }
}
