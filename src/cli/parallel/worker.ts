// A thread that scans captures, one after another, for the main thread, which has the program, the output and the order.

import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { assert } from '../../base/error.js';
import type { Link } from '../../base/link.js';
import type { PacketBatch } from '../../capture/batch.js';
import { openCapture } from '../../capture/open.js';
import { Packer, type Parcel } from '../../capture/parcel.js';
import { ClassicProgram } from '../../classic/program.js';
import { ClassicLane, type Lane } from '../lane.js';
import { type Answer, failureOf, type Job, type Portion, type Settings, words } from './messages.js';

/** A portion is sent when it has so many bytes of packets, or so much of the capture was gone over. */
const portionSize = 1 << 20;
const portionStep = 4 << 20;
/** How many bytes of packets may lie unread. */
const mostUnread = 32 << 20;

function work(): void {
  assert(parentPort !== null, 'a worker has a parent');
  const port = parentPort;
  const settings: Settings = workerData;
  const state = new Int32Array(settings.shared);
  const lane = new ClassicLane((link) => askedProgram(port, state, link), settings.engine);
  port.on('message', (job: Job | undefined) => {
    if (job === undefined) {
      port.close();
      return;
    }
    scan(job.path, lane, settings, new Outbox(port, state, settings.packets)).then((failure) => {
      port.postMessage({ kind: 'ended', engines: lane.engines, failure });
    });
  });
}

/** @returns what ended the scan early, once all that was found before it is sent */
async function scan(
  path: string,
  lane: Lane,
  { invert }: Settings,
  outbox: Outbox,
): Promise<ReturnType<typeof failureOf> | undefined> {
  try {
    const capture = openCapture(path);
    for await (const batch of capture.scan((link) => lane.filter(link), { invert }))
      outbox.add(batch, capture.position);
    outbox.send();
    return undefined;
  } catch (error) {
    outbox.send();
    return failureOf(error);
  }
}

/** Asks the main thread and waits: a scan can't be left while it looks for its filter. */
function askedProgram(port: MessagePort, state: Int32Array, link: Link): ClassicProgram {
  Atomics.store(state, words.answered, 0);
  port.postMessage({ kind: 'wanted', link });
  Atomics.wait(state, words.answered, 0);
  const answer: Answer = receiveMessageOnPort(port)?.message;
  if (answer === undefined) throw new Error('there is no program'); // the main thread tells why
  return new ClassicProgram(answer.insns, answer.origin);
}

/** Collects what was found until it is worth a message. */
class Outbox {
  readonly #port: MessagePort;
  readonly #state: Int32Array;
  readonly #takesPackets: boolean;
  readonly #packer = new Packer();
  #parcels: Parcel[] = [];
  #size = 0;
  #packets = 0;
  #bytes = 0;
  #matches = 0;
  #position = 0;
  #sent = 0;

  constructor(port: MessagePort, state: Int32Array, takesPackets: boolean) {
    this.#port = port;
    this.#state = state;
    this.#takesPackets = takesPackets;
  }

  add(batch: PacketBatch, position: number): void {
    this.#position = position;
    if (this.#takesPackets && this.#packer.isNeeded(batch)) this.#pack(batch);
    else this.#count(batch);
    if (this.#size >= portionSize || position - this.#sent >= portionStep) this.send();
  }

  /** Sends what there is, and waits while too much lies unread. */
  send(): void {
    const portion: Portion = {
      kind: 'portion',
      parcels: this.#parcels,
      scanned: { packets: this.#packets, bytes: this.#bytes },
      matches: this.#matches,
      position: this.#position,
      size: this.#size,
    };
    this.#port.postMessage(
      portion,
      this.#parcels.flatMap(({ data, columns }) => [data.buffer, columns.buffer]) as ArrayBuffer[],
    );
    let unread = Atomics.add(this.#state, words.unread, this.#size) + this.#size;
    this.#begin();
    while (unread > mostUnread) {
      Atomics.wait(this.#state, words.unread, unread);
      unread = Atomics.load(this.#state, words.unread);
    }
  }

  #pack(batch: PacketBatch): void {
    const parcel = this.#packer.pack(batch);
    this.#parcels.push(parcel);
    this.#size += parcel.data.length + parcel.columns.byteLength;
  }

  #count({ scanned, count }: PacketBatch): void {
    this.#packets += scanned.packets;
    this.#bytes += scanned.bytes;
    this.#matches += count;
  }

  #begin(): void {
    this.#parcels = [];
    this.#size = 0;
    this.#packets = 0;
    this.#bytes = 0;
    this.#matches = 0;
    this.#sent = this.#position;
  }
}

work();
