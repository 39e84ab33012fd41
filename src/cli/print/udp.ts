// UDP datagrams.

import type { Bytes, Line } from './line.js';
import type { Ends } from './tcp.js';

const headerSize = 8;

/** `10.0.0.1.4000 > 10.0.0.2.53: UDP, length 40`; of the first fragment, the length of the whole. */
export function printUdp(line: Line, datagram: Bytes, ends: Ends, fragment: boolean): void {
  line.protocol = 'udp';
  if (datagram.captured < 4) line.text += `${ends.source} > ${ends.destination}:`;
  line.text += `${ends.source}.${datagram.u16(0)} > ${ends.destination}.${datagram.u16(2)}: `;
  const length = datagram.u16(4);
  if (datagram.length < headerSize) line.text += `truncated-udp ${datagram.length}`;
  else if (length < headerSize) line.text += `truncated-udplength ${length}`;
  else if (length > datagram.length && !fragment)
    line.text += `UDP, bad length ${length - headerSize} > ${datagram.length - headerSize}`;
  else line.text += `UDP, length ${length - headerSize}`;
}
