// The process that carries out requests: lines in on standard input, answers out on standard output. It is started by the
// supervisor, which watches over it.

import { answer } from './answer.js';
import { LineSplitter } from './lines.js';

const splitter = new LineSplitter(Number.POSITIVE_INFINITY);

process.stdout.on('error', () => process.exit()); // the supervisor is gone
for await (const chunk of process.stdin) {
  for (const line of splitter.push(chunk)) process.stdout.write(`${answer(line!)}\n`);
}
