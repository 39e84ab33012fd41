// A filter's tree to a program of the internal machine, which returns 1 where a record matches and else 0.

import * as asm from '../../ebpf/build.js';
import type { Program } from '../../ebpf/program.js';
import type { Expression } from '../ast.js';
import type { EventFormat } from '../format.js';
import { asksPrefix, locatedSources } from '../record.js';
import { type Condition, junction, simplify } from '../simplify.js';
import { Code, full } from './code.js';
import { emitJump, grouped } from './jump.js';
import { plain } from './plain.js';

export function generate(expression: Expression, format: EventFormat): Program {
  const condition = withPlaces(expression);
  const code = new Code(format.size, { hasPrefix: asksPrefix(expression), loadsPackets: loadsPackets(condition) });
  emitRoot(code, condition);
  return code.build();
}

/** What is located has to be in the record, or nothing matches. */
function withPlaces(expression: Expression): Condition {
  const condition = simplify(expression);
  const sources = locatedSources(expression);
  return sources.length === 0 ? condition : junction('and', [{ kind: 'whole', sources }, condition]);
}

/** Whether anything is located, or looked for in a loop. */
function loadsPackets(condition: Condition): boolean {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.operands.some(loadsPackets);
    case 'text':
      return (
        condition.source.kind === 'located' || condition.pattern.kind === 'glob' || condition.pattern.kind === 'middle'
      );
    case 'whole':
    case 'processors':
      return true;
    case 'constant':
    case 'member':
    case 'bits':
    case 'comparison':
      return false;
  }
}

/** What is decided last, without branches, is the result. */
function emitRoot(code: Code, condition: Condition): void {
  const groups = condition.kind === 'and' ? grouped('and', condition.operands, code) : [condition];
  const no = code.newLabel();
  for (const group of groups.slice(0, -1)) {
    const on = code.newLabel();
    emitJump(code, group, { yes: on, no, next: on });
    code.bind(on);
  }
  emitLast(code, groups.at(-1)!, no, groups.length > 1);
}

function emitLast(code: Code, condition: Condition, no: string, isReached: boolean): void {
  const value = plain(condition, code);
  if (value !== undefined) {
    value.emit(code, 0);
    code.emit(asm.exit());
    if (!isReached) return;
  } else {
    const yes = code.newLabel();
    emitJump(code, condition, { yes, no, next: yes });
    code.bind(yes);
    code.emit(asm.mov(full(0), 1), asm.exit());
  }
  code.bind(no);
  code.emit(asm.mov(full(0), 0), asm.exit());
}
