import { readFileSync, writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PacketBatch } from '../src/capture/batch.js';
import { openCapture } from '../src/capture/open.js';
import { dump } from '../src/cli/print/dump.js';
import { packetText } from '../src/cli/print/packet.js';
import { Conversations } from '../src/cli/print/tcp.js';
import { TimePrinter, timeStyles } from '../src/cli/print/time.js';
import { pcapFile } from './capture-files.js';

const path = new URL('./cases/print/packets.txt', import.meta.url);

interface Case {
  readonly name: string;
  readonly link: number;
  readonly packet: Uint8Array;
  readonly length: number | undefined;
  readonly line: string;
}

function readCase(text: string): Case {
  const fields = new Map(text.split('\n').map((line) => [line.slice(0, 8).trim(), line.slice(8)]));
  const length = fields.get('length');
  return {
    name: text.slice(2, text.indexOf('\n')),
    link: Number(fields.get('link')),
    packet: Buffer.from(fields.get('packet') ?? '', 'hex'),
    length: length === undefined ? undefined : Number(length),
    line: fields.get('line') ?? '',
  };
}

async function batchOf(data: Uint8Array, length: number, link: number): Promise<PacketBatch> {
  const input = Readable.from([pcapFile([{ data, length }], { link })], { objectMode: true });
  for await (const batch of openCapture(input)) return batch;
  throw new Error('no batch');
}

const [head, ...texts] = readFileSync(path, 'utf8').trimEnd().split('\n\n');
const conversations = new Conversations();

describe('a packet as a line', () => {
  if (process.env.UPDATE === '1') {
    it('is written to the cases anew', async () => {
      const lines = [];
      for (const text of texts) {
        const { packet, length, link } = readCase(text);
        const line = packetText(await batchOf(packet, length ?? packet.length, link), 0, conversations);
        lines.push(text.replace(/^line .*$/m, `line    ${line}`));
      }
      writeFileSync(path, `${[head, ...lines].join('\n\n')}\n`);
    });
    return;
  }

  it.each(texts.map(readCase))('$name', async ({ link, packet, length, line }) => {
    const batch = await batchOf(packet, length ?? packet.length, link);
    expect(packetText(batch, 0, conversations)).toBe(line);
  });

  it('is one line for any bytes', async () => {
    const packet = fc.oneof(
      fc.uint8Array({ maxLength: 120 }),
      fc
        .tuple(fc.constantFrom(...texts), fc.nat(200), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }))
        .map(([text, cut, changes]) => {
          const bytes = Buffer.from(readCase(text).packet).subarray(0, cut);
          for (const [at, value] of changes) if (bytes.length > 0) bytes[at % bytes.length] = value;
          return bytes;
        }),
    );
    const links = fc.constantFrom(0, 1, 9, 50, 101, 104, 108, 113, 228, 276, 12, 999);
    await fc.assert(
      fc.asyncProperty(packet, links, async (bytes, link) => {
        const text = packetText(await batchOf(bytes, bytes.length, link), 0, new Conversations());
        expect(text).toMatch(/^[^\n]+$/);
      }),
      { seed: 1, numRuns: 1500 },
    );
  });
});

describe('conversations', () => {
  it('are forgotten from the oldest on where there are too many', () => {
    const many = new Conversations();
    const make = () => ({ sequence: 1, acknowledgement: 1 });
    for (let i = 0; i < 70_000; i++) many.find(`${i}`, false, make);
    expect(many.find('69999', false, make).fresh).toBe(false);
    expect(many.find('0', false, make).fresh).toBe(true);
  });
});

describe('the time of a packet', () => {
  const times = [
    { seconds: 1_700_000_000, nanoseconds: 1_000 },
    { seconds: 1_700_003_661, nanoseconds: 500_000_000 },
    { seconds: 1_700_003_661, nanoseconds: 400_000_000 },
  ];
  const shown = (style: (typeof timeStyles)[number], fine = false) => {
    const printer = new TimePrinter(style);
    return times.map((time) => printer.text(time, fine));
  };

  it('has the five forms of -t', () => {
    expect(shown('none')).toEqual(['', '', '']);
    expect(shown('epoch')).toEqual(['1700000000.000001 ', '1700003661.500000 ', '1700003661.400000 ']);
    expect(shown('delta')).toEqual([' 00:00:00.000000 ', ' 01:01:01.499999 ', '-00:00:00.100000 ']);
    expect(shown('elapsed')).toEqual([' 00:00:00.000000 ', ' 01:01:01.499999 ', ' 01:01:01.399999 ']);
    const local = new Date(1_700_000_000_000);
    const clock = local.toTimeString().slice(0, 8);
    expect(shown('clock')[0]).toBe(`${clock}.000001 `);
    expect(shown('date')[0]).toMatch(new RegExp(`^2023-11-1[45] ${clock}\\.000001 $`));
    expect(timeStyles.length).toBe(6);
  });

  it('has nine digits where the capture has them', () => {
    expect(shown('epoch', true)[1]).toBe('1700003661.500000000 ');
  });
});

describe('the bytes of a packet', () => {
  const bytes = Uint8Array.from([0, ...Buffer.from('Hello, packet! \u0000'), 0x7f, 0xff]);
  it('are shown sixteen a row, with their offset', () => {
    expect(dump(bytes, { text: false, link: false })).toBe(
      '\n\t0x0000:  0048 656c 6c6f 2c20 7061 636b 6574 2120\n\t0x0010:  007f ff',
    );
  });
  it('are shown as text beside that', () => {
    expect(dump(bytes, { text: true, link: false })).toBe(
      '\n\t0x0000:  0048 656c 6c6f 2c20 7061 636b 6574 2120  .Hello,.packet!.\n\t0x0010:  007f ff                                  ...',
    );
  });
});
