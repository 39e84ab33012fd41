// Maps of what only a kernel has: devices, processors, sockets. Programs find nothing in them here, as in one that nobody has filled.

import { expectObject, expectWord } from '../../base/argument.js';
import type { MapSpec, MapType } from '../../ebpf/map.js';
import { expectSizes } from './limits.js';

export const kernelObjectTypes: readonly MapType[] = [
  'devmap',
  'devmap_hash',
  'cpumap',
  'xskmap',
  'sockmap',
  'sockhash',
];

export class KernelObjectMap {
  readonly spec: MapSpec;

  /** @param spec of one of `kernelObjectTypes`; @throws BpfError 'range' when it has no number of entries */
  constructor(spec: MapSpec) {
    expectObject(spec, "a map's specification");
    expectWord(spec.type, kernelObjectTypes, 'the type');
    expectSizes(spec, 'maxEntries');
    this.spec = spec;
  }
}
