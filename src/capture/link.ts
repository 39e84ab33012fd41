// What a capture file's link type says about its packets: how long they may be, and the number under which it is saved.

import { linkOfFile } from '../base/link.js';

/** The most bytes a packet may have, as in libpcap: more means that the file is damaged. */
const limits: ReadonlyMap<number, number> = new Map([
  [189, 128 << 20], // USB_LINUX
  [220, 128 << 20], // USB_LINUX_MMAPPED
  [231, 128 << 20], // DBUS
  [249, 128 << 20], // USBPCAP
  [279, 8 << 20], // EBHSCR
]);

/** Numbers that some systems wrote instead of the agreed ones: the values of their own headers (DLT_*). */
const agreed: ReadonlyMap<number, number> = new Map([
  [11, 100], // ATM_RFC1483
  [12, 101], // RAW
  [14, 101], // RAW on OpenBSD
]);

/** The most bytes that a packet of this link type may have in a file. */
export function capturedLimit(link: number): number {
  return limits.get(link) ?? 262_144;
}

/** The agreed number (LINKTYPE_*) for one that stands in a file. */
export function savedLink(link: number): number {
  return agreed.get(link) ?? link;
}

/** What messages call a link type. */
export function linkName(link: number): string {
  return linkOfFile(link).name;
}
