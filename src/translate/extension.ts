// Linux's extensions: fields of the context, and calls of helpers for what no field holds.

import type { ExtensionName } from '../classic/rows.js';
import type { Insn } from '../ebpf/insn.js';
import { packetHelpers } from '../env/packet.js';
import { skbOffsets } from '../env/skb.js';
import { alu, contextWord, move, move64, registers } from './registers.js';

const { a, x, context } = registers;

/** A = the extension; X and the cells are kept. */
export function extension(name: ExtensionName): Insn[] {
  switch (name) {
    case 'protocol':
      return networkOrder(skbOffsets.protocol);
    case 'vlanTpid':
      return networkOrder(skbOffsets.vlan_proto);
    case 'type':
      return [contextWord(a, skbOffsets.pkt_type)];
    case 'ifindex':
      return [contextWord(a, skbOffsets.ifindex)];
    case 'mark':
      return [contextWord(a, skbOffsets.mark)];
    case 'queue':
      return [contextWord(a, skbOffsets.queue_mapping)];
    case 'rxhash':
      return [contextWord(a, skbOffsets.hash)];
    case 'vlanTci':
      return [contextWord(a, skbOffsets.vlan_tci)];
    case 'vlanPresent':
      return [contextWord(a, skbOffsets.vlan_present)];
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
