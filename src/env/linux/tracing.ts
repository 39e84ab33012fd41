// The contexts of Linux's tracing programs, and of those about devices and settings: numbers in a row.

import type { Field } from '../environment.js';
import { addressField, any, scalarField, whole, wide } from './fields.js';

/** `struct pt_regs` of x86-64: 21 registers of 8 bytes. */
const registerBytes = 168;
/** The longest record of a tracepoint; its first 8 bytes are the kernel's own. */
const recordBytes = 8192;

export const kprobe: readonly Field[] = [scalarField('regs', 0, { read: any, size: registerBytes })];

export const tracepoint: readonly Field[] = [scalarField('record', 8, { read: any, size: recordBytes - 8 })];

/** Up to twelve arguments. */
export const rawTracepoint: readonly Field[] = [scalarField('args', 0, { read: any, size: 96 })];

/** Its first argument is the address of memory that may be written. */
export const rawTracepointWritable: readonly Field[] = [
  scalarField('args[0]', 4, { size: 4 }),
  scalarField('args[0]', 2, { read: [1, 2], size: 2 }),
  scalarField('args[0]', 1, { read: [1], size: 1 }),
  addressField('args[0]', 0, 'trace-buffer'),
  scalarField('args', 8, { read: any, size: 88 }),
];

/** `struct bpf_perf_event_data` */
export const perfEvent: readonly Field[] = [
  scalarField('regs', 0, { read: wide, size: registerBytes }),
  scalarField('sample_period', 168, { read: any, size: 8 }),
  scalarField('addr', 176, { read: any, size: 8 }),
];

/** `struct bpf_cgroup_dev_ctx` */
export const cgroupDevice: readonly Field[] = [
  scalarField('access_type', 0),
  scalarField('major', 4, { read: whole }),
  scalarField('minor', 8, { read: whole }),
];

/** `struct bpf_sysctl` */
export const cgroupSysctl: readonly Field[] = [scalarField('write', 0), scalarField('file_pos', 4, { write: whole })];

/** The context of `syscall` is what the caller gave, of any size. */
export const syscall: readonly Field[] = [scalarField('ctx', 0, { read: any, write: any, size: 65535 })];

/** `struct bpf_nf_ctx` */
export const netfilter: readonly Field[] = [addressField('state', 0, 'typed'), addressField('skb', 8, 'typed')];
