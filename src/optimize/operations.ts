// Values to operations of a block, one operation each.

import type { InsnOf, LoweredInsn, Register, Size, Width } from '../ebpf/insn.js';
import type { AluName, JumpName } from '../ebpf/rows.js';
import { type Block, type End, type Id, operand } from './block.js';
import { Unsuited } from './unsuited.js';
import type { Value, ValueOf } from './value.js';

export type Second = Id | { readonly imm: number };

interface Comparison {
  readonly op: JumpName;
  readonly width: Width;
  readonly sources: readonly Id[];
  readonly b: Second;
}

export class Operations {
  readonly block: Block;
  /** How many bytes of the packet are read. */
  room = 0;
  /** Whether what r1 or r2 hold at the start is read. */
  readsArguments = false;

  readonly #sets = new Map<Id, Comparison>();
  #lengths = 0;

  constructor(block: Block) {
    this.block = block;
  }

  number(number: number): Id {
    return this.block.result(`number ${number}`, [], (dst) => constant(dst, number));
  }

  raw(size: Size, order: 'le' | 'be', offset: number, index: Value | undefined): Id {
    this.room = Math.max(this.room, offset + size + (index?.most ?? 0));
    const sources = index === undefined ? [] : [this.value(index)];
    const swaps = size > 1 && order === 'be';
    return this.block.result(`raw ${size} ${swaps} ${offset}`, sources, (dst, [register]) => {
      return { kind: 'raw', size, order: swaps ? 'be' : 'le', dst, index: register, off: offset };
    });
  }

  alu(op: AluName, width: Width, a: Id, b: Second): Id {
    const [key, sources] = keyOf(a, b);
    return this.block.result(
      `${op}${width} ${key}`,
      sources,
      (dst, registers) => ({ kind: 'alu', op, width, dst, src: operand(b, registers) }),
      true,
    );
  }

  set(op: JumpName, width: Width, a: Id, b: Second): Id {
    const [key, sources] = keyOf(a, b);
    const id = this.block.result(`set ${op}${width} ${key}`, sources, (dst, registers) => {
      return { kind: 'set', op, width, dst, a: registers[0]!, b: operand(b, registers) };
    });
    this.#sets.set(id, { op, width, sources, b });
    return id;
  }

  /** The end of a piece that jumps where a truth is 1: by the comparison itself, where it is one. */
  jumpIf(truth: Id): End {
    const comparison = this.#sets.get(truth);
    const isJump = comparison !== undefined && comparison.op !== 'set'; // a test of bits has no opposite
    const asNumber: Comparison = { op: 'ne', width: 32, sources: [truth], b: { imm: 0 } };
    const { op, width, sources, b } = isJump ? comparison : asNumber;
    return {
      sources,
      make: (registers) => [{ kind: 'jump', op, width, dst: registers[0]!, src: operand(b, registers), off: 0 }],
    };
  }

  /** The end of a piece with a result. */
  exit(result: Id): End {
    return { sources: [result], make: ([src]) => [...(src === 0 ? [] : [move(0, src!)]), { kind: 'exit', off: 0 }] };
  }

  lookup(id: Id, table: number): Id {
    return this.block.result(`lookup ${table}`, [id], (dst, [src]) => ({ kind: 'lookup', dst, src: src!, table }));
  }

  /** A second operand, which may be a constant of 32 bits whose sign is extended. */
  second(value: Value, width: Width): Second {
    const low = value.kind === 'wide' ? value.low | 0 : value.kind === 'number' ? value.number | 0 : undefined;
    if (low === undefined) return this.value(value);
    const isWhole = width === 32 || (value.kind === 'wide' ? low < 0 && value.high === 0xffff_ffff : low >= 0);
    return isWhole ? { imm: low } : this.value(value);
  }

  /** The value, all 64 bits of it. */
  value(value: Value): Id {
    switch (value.kind) {
      case 'number':
        return this.number(value.number);
      case 'wide':
        return this.#wide(value);
      case 'packet':
        return this.raw(value.size, 'be', value.offset, value.index);
      case 'captured':
        return this.#captured();
      case 'argument':
        return this.#argument(value);
      case 'context':
        return this.#context(value);
      case 'alu':
        return this.#calculated(value);
      case 'swap': {
        const { order, bits } = value;
        return this.#unary(`${order}${bits}`, value.a, (dst) => ({ kind: 'swap', order, bits, dst }), true);
      }
      case 'movsx': {
        const { width, bits } = value;
        return this.#unary(`movsx${width} ${bits}`, value.a, (dst, [src]) => ({
          kind: 'movsx',
          width,
          bits,
          dst,
          src: src!,
        }));
      }
    }
  }

  #wide({ high, low }: ValueOf<'wide'>): Id {
    return this.block.result(`wide ${high} ${low}`, [], (dst) => {
      return { kind: 'wide', dst, from: 'imm', high: high | 0, low: low | 0 };
    });
  }

  #unary(key: string, a: Value, make: (dst: Register, sources: readonly Register[]) => LoweredInsn, tied = false): Id {
    return this.block.result(key, [this.value(a)], make, tied);
  }

  /** Each time anew: the processor compares it where it is, as long as nobody keeps it. */
  #captured(): Id {
    this.#lengths++;
    return this.block.result(`captured ${this.#lengths}`, [], (dst) => ({ kind: 'captured', dst }));
  }

  #argument({ number }: ValueOf<'argument'>): Id {
    if (number !== 2) throw new Unsuited('an address is computed with');
    this.readsArguments = true;
    return this.block.result('argument', [], (dst) => move(dst, 2));
  }

  #context({ size, signed, offset }: ValueOf<'context'>): Id {
    this.readsArguments = true;
    return this.block.result(`context ${size} ${signed} ${offset}`, [], (dst): InsnOf<'load'> => {
      return { kind: 'load', size, signed, dst, src: 1, off: offset };
    });
  }

  #calculated({ op, width, a, b }: ValueOf<'alu'>): Id {
    return this.alu(op, width, this.value(a), this.second(b, width));
  }
}

function keyOf(a: Id, b: Second): [key: string, sources: Id[]] {
  return typeof b === 'number' ? ['', [a, b]] : [`${b.imm}`, [a]];
}

function constant(dst: Register, number: number): LoweredInsn {
  return { kind: 'alu', op: 'mov', width: 32, dst, src: { imm: number | 0 } };
}

function move(dst: Register, src: Register): LoweredInsn {
  return { kind: 'alu', op: 'mov', width: 64, dst, src: { reg: src } };
}
