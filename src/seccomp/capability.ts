// Linux's capabilities (linux/capability.h), which Docker's profiles ask for.

import { BpfError } from '../base/error.js';
import { nearest } from '../base/nearest.js';

/** Without their prefix, by their numbers. */
const names =
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE'.split(
    ' ',
  );

/**
 * A capability as policies write it: `CAP_SYS_ADMIN`, of `sys_admin` too.
 * @throws BpfError 'name' for what is none of Linux's
 */
export function capabilityNamed(text: string): string {
  const name = text.toUpperCase().replace(/^CAP_/, '');
  if (names.includes(name)) return `CAP_${name}`;
  const meant = nearest(name, names);
  if (meant !== undefined) throw new BpfError('name', `unknown capability '${text}'`, { suggestion: `CAP_${meant}` });
  throw new BpfError('name', `unknown capability '${text}'; there are ${names.join(', ')}`);
}
