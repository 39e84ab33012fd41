// An object as a compiler would write it: an XDP program that counts packets by protocol, and drops what its settings say.

import { type ObjectDescription, object } from './objects.js';

/** 'count' counts, and drops what is UDP; `seen` of `.bss` counts too. */
export const counting: ObjectDescription = {
  license: 'GPL',
  functions: [
    {
      name: 'count',
      section: 'xdp',
      code: `
        r2 = *(u32 *)(r1 +4)
        r1 = *(u32 *)(r1 +0)
        r0 = 2
        r3 = r1
        r3 += 34
        if r3 > r2 goto out
        r6 = *(u8 *)(r1 +23)
        r1 = 0 ll
        r2 = *(u32 *)(r1 +4)
        r2 += 1
        *(u32 *)(r1 +4) = r2
        *(u32 *)(r10 -4) = r6
        r1 = 0 ll
        r2 = r10
        r2 += -4
        call 1
        if r0 == 0 goto pass
        r1 = *(u64 *)(r0 +0)
        r1 += 1
        *(u64 *)(r0 +0) = r1
      pass:
        r1 = 0 ll
        r1 = *(u32 *)(r1 +0)
        r0 = 1
        if r1 == r6 goto out
        r0 = 2
      out:
        exit`,
      refers: [
        { slot: 7, to: '.bss' },
        { slot: 13, to: 'protocols' },
        { slot: 22, to: '.rodata' },
      ],
    },
  ],
  maps: [{ name: 'protocols', numbers: { type: 2, key_size: 4, value_size: 8, max_entries: 256 } }],
  data: { '.bss': 8, '.rodata': Uint8Array.of(17, 0, 0, 0) },
  variables: [
    { name: 'seen', section: '.bss', offset: 4, size: 4 },
    { name: 'dropped', section: '.rodata', offset: 0, size: 4 },
  ],
};

export const countingObject: Uint8Array = object(counting);
