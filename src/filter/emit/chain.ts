// `protochain`: a loop through the headers behind an IP header. It needs the backward jump that Linux refuses and that
// this project's own engines bound by a budget. As in libpcap, an authentication header is followed at the offset of its
// length field taken alone, and IPv4 options are no part of the walk.
//
//        A = first protocol; X = length of the IP header
// again: A = protocol or A = no next header: done
//        version 6, A = an extension header: A = its next; X += (its length + 1) * 8; again
//        A = authentication header: A = its next; X = (byte behind X + 1, + 2) * 4; again
// done:  the caller compares A

import type { Operation } from '../../classic/insn.js';
import type { Test } from '../condition.js';

const noNextHeader = 59;
const extensionHeaders = [0, 60, 43, 44]; // hop-by-hop, destination options, routing, fragment
const authentication = 51;

const ipv4Protocol = 9;
const ipv6NextHeader = 6;
const ipv6HeaderLength = 40;

type Jump = Extract<Operation, { kind: 'jump' }>;

const equals = (k: number, jt: number, jf: number): Jump => ({ kind: 'jump', op: 'eq', operand: { k }, jt, jf });
const back = (count: number): Operation => ({ kind: 'goto', off: -count - 1 });
const byteAt = (k: number): Operation => ({ kind: 'packet', size: 1, indexed: true, k: k >>> 0 });
const arithmetic = (op: 'add' | 'mul', k: number): Operation => ({ kind: 'alu', op, operand: { k } });

/** The walk, at whose end A is the protocol looked for if it is there. */
export function headerChain(test: Extract<Test, { kind: 'chain' }>, cell: number): Operation[] {
  const { header, version, protocol } = test;
  const store: Operation = { kind: 'store-cell', from: 'a', cell };
  const restore: Operation = { kind: 'load-cell', to: 'a', cell };
  const extension: Operation[] = [
    byteAt(header),
    store,
    byteAt(header + 1),
    arithmetic('add', 1),
    arithmetic('mul', 8),
    { kind: 'alu', op: 'add', operand: 'x' },
    { kind: 'tax' },
    restore,
  ];
  const authenticated: Operation[] = [
    byteAt(header),
    store,
    { kind: 'txa' },
    arithmetic('add', 1),
    { kind: 'tax' },
    byteAt(header),
    arithmetic('add', 2),
    arithmetic('mul', 4),
    { kind: 'tax' },
    restore,
  ];
  const loop = [...(version === 6 ? extensionTests(extension.length) : [])];
  const skipping = version === 6 ? [...loop, ...extension, back(2 + loop.length + extension.length)] : [];
  const toDone = skipping.length + 1 + authenticated.length + 1;
  const head = [equals(protocol, toDone + 1, 0), equals(noNextHeader, toDone, 0)];
  const body = [...head, ...skipping, equals(authentication, 0, authenticated.length + 1), ...authenticated];
  return [...start(version, header), ...body, back(body.length)];
}

function start(version: 4 | 6, header: number): Operation[] {
  if (version === 4) {
    return [
      { kind: 'packet', size: 1, indexed: false, k: (header + ipv4Protocol) >>> 0 },
      { kind: 'header-length', k: header },
    ];
  }
  return [
    { kind: 'packet', size: 1, indexed: false, k: (header + ipv6NextHeader) >>> 0 },
    { kind: 'constant', to: 'x', value: ipv6HeaderLength },
  ];
}

/** Each extension header goes on at the walk behind the tests; what is none goes on behind the walk of `length` and its jump. */
function extensionTests(length: number): Jump[] {
  const last = extensionHeaders.length - 1;
  return extensionHeaders.map((k, at) => equals(k, last - at, at === last ? length + 1 : 0));
}
