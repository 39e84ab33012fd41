// How the walk over a capture's records is asked of the native part (native/scan.cc): a state of numbers that go in and out, an entry
// each. The reader of captures fills it, a filter passes it on.

/** Entries of the state. */
export const scanSlots = {
  /** Where the walk begins in the data; where it stopped, afterwards. */
  start: 0,
  /** Where the data ends; how far it was read, afterwards. */
  end: 1,
  /** Bits of `scanBits`. */
  bits: 2,
  /** Bytes of a pcap record before its packet. */
  headerBytes: 3,
  /** Which of the two lengths of a pcap record is the captured one: 0 the first, 1 the second, 2 the smaller. */
  order: 4,
  /** The most captured bytes of a packet in pcap; more is damage. */
  mostCaptured: 5,
  /** The link type that the filter is for: at a packet of another one the walk stops. */
  link: 6,
  /** How many packets are wanted at the most. */
  room: 7,
  /** After about how many packets to stop, wanted or not; 0: never. */
  enough: 8,
  /** The descriptor of a file to read on from behind the data, as long as there is room, plus 1; 0: there is none. */
  descriptor: 9,
  /** Afterwards: how many packets the walk went over, how many of them are in the index, the captured bytes of all. */
  packets: 10,
  matches: 11,
  bytesLow: 12,
  bytesHigh: 13,
  /** Afterwards: an index in `scanStops`. */
  stop: 14,
  /** Afterwards: how long the filter took, without the walk. */
  nanoseconds: 15,
  /** Afterwards: how far the start of the data is from that of its page of memory. */
  page: 16,
} as const;

export const scanSlotCount = 17;

/** Bytes of a page of memory. */
export const pageSize = 4096;

export const scanBits = { bigEndian: 1, pcapng: 2, inverted: 4, cold: 8 } as const;

/** Why the walk stopped: no room, enough packets or another link type, the end of the data, what isn't a packet or is damaged. */
export const scanStops = ['full', 'partial', 'other'] as const;
export type ScanStop = (typeof scanStops)[number];

/** The columns of the index, in their order. */
export const indexColumns = 7;
