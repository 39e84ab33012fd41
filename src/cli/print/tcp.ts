// TCP segments: flags, numbers, window and options. Sequence numbers are relative to the first that was seen of a
// conversation, which its two directions share.

import { toHex } from '../../base/hex.js';
import type { Bytes, Line } from './line.js';

const flagLetters = ['F', 'S', 'R', 'P', '.', 'U', 'E', 'W'];
const [fin, syn, rst, ack, urg] = [0x01, 0x02, 0x04, 0x10, 0x20];
const headerSize = 20;

/** The two ends of a segment, with their addresses as text. */
export interface Ends {
  readonly source: string;
  readonly destination: string;
}

/** Where the numbers of a conversation began, seen from its lower end. */
interface Beginning {
  sequence: number;
  acknowledgement: number;
}

/** The beginnings of conversations, of the most recent ones only, so that memory stays bounded. */
export class Conversations {
  readonly #known = new Map<string, Beginning>();
  readonly #limit = 65_536;

  /** The beginning of a conversation; `fresh` where it was not known, or begins anew. */
  find(
    key: string,
    restart: boolean,
    make: () => Beginning,
  ): { readonly beginning: Beginning; readonly fresh: boolean } {
    const known = this.#known.get(key);
    if (known !== undefined && !restart) return { beginning: known, fresh: false };
    const beginning = make();
    if (known === undefined && this.#known.size === this.#limit) {
      for (const oldest of this.#known.keys()) {
        this.#known.delete(oldest);
        break;
      }
    }
    this.#known.set(key, beginning);
    return { beginning, fresh: true };
  }
}

/** `10.0.0.1.80 > 10.0.0.2.4000: Flags [P.], seq 1:101, ack 1, win 512, length 100` */
export function printTcp(line: Line, segment: Bytes, ends: Ends, conversations: Conversations): void {
  line.protocol = 'tcp';
  if (segment.captured < 4) line.text += `${ends.source} > ${ends.destination}:`;
  const source = segment.u16(0);
  const destination = segment.u16(2);
  line.text += `${ends.source}.${source} > ${ends.destination}.${destination}: `;
  const size = (segment.u8(12) >> 4) * 4;
  if (size < headerSize) {
    line.text += ` tcp ${segment.length - size} [bad hdr length ${size} - too short, < ${headerSize}]`;
    return;
  }
  segment.need(14);
  const flags = segment.u8(13);
  line.text += `Flags [${flagLetters.filter((_, bit) => flags & (1 << bit)).join('') || 'none'}]`;
  const numbers = relative(segment, flags, { ...ends, ports: [source, destination] }, conversations);
  if (size > segment.length) {
    line.text += ` [bad hdr length ${size} - too long, > ${segment.length}]`;
    return;
  }
  const length = segment.length - size;
  if (length > 0 || flags & (syn | fin | rst)) line.text += `, seq ${numbers.sequence}`;
  if (length > 0) line.text += `:${(numbers.sequence + length) >>> 0}`;
  if (flags & ack) line.text += `, ack ${numbers.acknowledgement}`;
  line.text += `, win ${segment.u16(14)}`;
  if (flags & urg) line.text += `, urg ${segment.u16(18)}`;
  if (size > headerSize) printOptions(line, segment.after(headerSize).first(size - headerSize), numbers.selective);
  line.text += `, length ${length}`;
}

interface Numbers {
  readonly sequence: number;
  readonly acknowledgement: number;
  /** What the numbers of selective acknowledgements are relative to. */
  readonly selective: number;
}

function relative(
  segment: Bytes,
  flags: number,
  ends: Ends & { readonly ports: readonly [number, number] },
  conversations: Conversations,
): Numbers {
  const sequence = segment.u32(4);
  const acknowledgement = segment.u32(8);
  if (!(flags & ack)) return { sequence, acknowledgement, selective: 0 };
  const [source, destination] = [`${ends.source}.${ends.ports[0]}`, `${ends.destination}.${ends.ports[1]}`];
  const reverse = ends.ports[0] > ends.ports[1] || (ends.ports[0] === ends.ports[1] && source > destination);
  const key = reverse ? `${destination} ${source}` : `${source} ${destination}`;
  const before = (acknowledgement - 1) >>> 0;
  const { beginning, fresh } = conversations.find(key, (flags & syn) !== 0, () =>
    reverse ? { sequence: before, acknowledgement: sequence } : { sequence, acknowledgement: before },
  );
  const [own, other] = reverse
    ? [beginning.acknowledgement, beginning.sequence]
    : [beginning.sequence, beginning.acknowledgement];
  if (fresh) return { sequence, acknowledgement, selective: other };
  return { sequence: (sequence - own) >>> 0, acknowledgement: (acknowledgement - other) >>> 0, selective: other };
}

const optionNames: ReadonlyMap<number, string> = new Map([
  [0, 'eol'],
  [1, 'nop'],
  [2, 'mss'],
  [3, 'wscale'],
  [4, 'sackOK'],
  [5, 'sack'],
  [6, 'echo'],
  [7, 'echoreply'],
  [8, 'TS'],
  [11, 'cc'],
  [12, 'ccnew'],
  [13, 'ccecho'],
  [19, 'md5'],
  [20, 'scps'],
  [28, 'uto'],
  [29, 'tcp-ao'],
  [30, 'mptcp'],
  [34, 'tfo'],
  [254, 'exp'],
]);

function printOptions(line: Line, options: Bytes, selective: number): void {
  line.text += ', options [';
  for (let at = 0; at < options.length; ) {
    if (at > 0) line.text += ',';
    const kind = options.u8(at);
    const single = kind < 2;
    const size = single ? 1 : options.u8(at + 1);
    if (!single && (size < 2 || at + size > options.length)) {
      line.text += '[bad opt]';
      return;
    }
    line.text += optionNames.get(kind) ?? `unknown-${kind}`;
    if (!single) line.text += optionText(kind, options.after(at + 2).first(size - 2), selective);
    at += size;
    if (kind === 0) break;
  }
  line.text += ']';
}

/** What an option says, behind its name. */
function optionText(kind: number, value: Bytes, selective: number): string {
  const { length } = value;
  if (kind === 2 && length === 2) return ` ${value.u16(0)}`;
  if (kind === 3 && length === 1) return ` ${value.u8(0)}`;
  if ((kind === 6 || kind === 7 || kind === 11 || kind === 12 || kind === 13) && length === 4)
    return ` ${value.u32(0)}`;
  if (kind === 8 && length === 8) return ` val ${value.u32(0)} ecr ${value.u32(4)}`;
  if (kind === 5) return selectiveText(value, selective);
  return length > 0 ? ` 0x${toHex(value.slice(0, length))}` : '';
}

function selectiveText(value: Bytes, base: number): string {
  if (value.length % 8 !== 0) return ' invalid sack';
  let text = ` ${value.length / 8} `;
  for (let at = 0; at < value.length; at += 8) {
    text += `{${(value.u32(at) - base) >>> 0}:${(value.u32(at + 4) - base) >>> 0}}`;
  }
  return text;
}
