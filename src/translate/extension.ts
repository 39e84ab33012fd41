// Linux's extensions: fields of the context, and calls of helpers for what no field holds.

import type { ExtensionName } from '../classic/rows.js';
import type { Insn } from '../ebpf/insn.js';
import { packetHelpers } from '../env/packet.js';
import { skbLayout } from '../env/skb.js';
import { alu, contextWord, move, move64, registers } from './registers.js';

const { a, x, context } = registers;

/** A = the extension; X and the cells are kept. */
export function extension(name: ExtensionName): Insn[] {
  switch (name) {
    case 'protocol':
      return networkOrder(skbLayout.protocol.offset);
    case 'vlanTpid':
      return networkOrder(skbLayout.vlan_proto.offset);
    case 'type':
      return [contextWord(a, skbLayout.pkt_type.offset)];
    case 'ifindex':
      return [contextWord(a, skbLayout.ifindex.offset)];
    case 'mark':
      return [contextWord(a, skbLayout.mark.offset)];
    case 'queue':
      return [contextWord(a, skbLayout.queue_mapping.offset)];
    case 'rxhash':
      return [contextWord(a, skbLayout.hash.offset)];
    case 'vlanTci':
      return [contextWord(a, skbLayout.vlan_tci.offset)];
    case 'vlanPresent':
      return [contextWord(a, skbLayout.vlan_present.offset)];
    case 'xorX':
      return [alu('xor', a, { reg: x })];
    case 'cpu':
      return [call(packetHelpers.processor)];
    case 'random':
      return [call(packetHelpers.random)];
    case 'hatype':
      return [move64(1, context), call(packetHelpers.hardwareType)];
    case 'payloadOffset':
      return [move64(1, context), call(packetHelpers.payloadOffset)];
    case 'nlattr':
      return [move64(1, context), move(2, a), move(3, x), call(packetHelpers.netlinkAttribute)];
    case 'nlattrNest':
      return [move64(1, context), move(2, a), move(3, x), call(packetHelpers.netlinkNested)];
  }
}

/** A field that holds two bytes in network order. */
function networkOrder(off: number): Insn[] {
  return [contextWord(a, off), { kind: 'swap', order: 'be', bits: 16, dst: a }];
}

function call(helper: number): Insn {
  return { kind: 'call-helper', helper };
}
