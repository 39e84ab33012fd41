// Seeded Ethernet traffic for the demonstration and the bench: the same seed makes the same frames on every machine.
//
// 82 % IPv4, 13 % IPv6, 2.5 % ARP, the rest other; 12 % tagged with a VLAN; 2 % of IPv4 fragments, 3 % with options;
// 6 % of IPv6 with an extension header; frames of 438 bytes on average, as a mixture of small, medium and full ones.

const broadcast = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
const ports = [80, 80, 80, 443, 443, 443, 443, 53, 53, 22, 25, 110, 123, 8080];
const publicNets = [
  [1, 1],
  [8, 8],
  [23, 64],
  [52, 94],
  [93, 184],
  [104, 16],
  [151, 101],
  [203, 0],
];
const largestFrame = 1514;

/** Numbers from 0 to 2^32-1 (Marsaglia's xorshift32); `random.below(n)` is from 0 to n-1, `random.chance(p)` true or false. */
export function generator(seed) {
  let state = seed >>> 0 || 1;
  const random = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
  random.below = (n) => Math.floor((random() / 0x1_0000_0000) * n);
  random.chance = (probability) => random() < probability * 0x1_0000_0000;
  random.of = (list) => list[random.below(list.length)];
  return random;
}

/**
 * @param count how many frames
 * @param seed
 * @param snaplen how many bytes of each frame to keep
 * @returns all frames in one buffer: `offsets`, `captured` and `lengths` (on the wire) have an entry a frame
 */
export function traffic(count, { seed = 1, snaplen = 65535 } = {}) {
  const random = generator(seed);
  const lengths = Uint32Array.from({ length: count }, () => frameLength(random));
  const captured = lengths.map((length) => Math.min(length, snaplen));
  const offsets = new Uint32Array(count);
  for (let i = 1; i < count; i++) offsets[i] = offsets[i - 1] + captured[i - 1];
  const data = new Uint8Array(count === 0 ? 0 : offsets[count - 1] + captured[count - 1]);

  const noise = Uint8Array.from({ length: 2 * largestFrame }, () => random());
  const frame = new Uint8Array(largestFrame);
  for (let i = 0; i < count; i++) {
    const size = Math.min(lengths[i], Math.max(captured[i], 160)); // headers end before byte 160
    frame.set(noise.subarray(random.below(largestFrame), noise.length).subarray(0, size));
    writeFrame(frame, lengths[i], random);
    data.set(frame.subarray(0, captured[i]), offsets[i]);
  }
  return { data, offsets, captured, lengths };
}

function frameLength(random) {
  const kind = random.below(100);
  if (kind < 48) return 60 + random.below(40);
  if (kind < 81) return 100 + random.below(500);
  return kind < 99 ? largestFrame : 600 + random.below(900);
}

function writeFrame(frame, length, random) {
  const view = new DataView(frame.buffer);
  frame.set(random.chance(0.03) ? broadcast : [2, 0, 0, 0, 1, random.below(250)], 0);
  frame.set([2, 0, 0, 0, 2, random.below(250)], 6);
  let at = 12;
  if (random.chance(0.12)) {
    view.setUint16(at, 0x8100);
    view.setUint16(at + 2, random.of([100, 100, 200, 300]));
    at += 4;
  }
  const kind = random() / 0x1_0000_0000;
  if (kind < 0.82) return writeIp4(view, at, length, random);
  if (kind < 0.95) return writeIp6(view, at, length, random);
  if (kind < 0.975) return writeArp(view, at, random);
  view.setUint16(at, random.of([0x88cc, 0x8847, 0x0026]));
}

function writeIp4(view, type, length, random) {
  view.setUint16(type, 0x0800);
  const ip = type + 2;
  const words = random.chance(0.03) ? 6 + random.below(3) : 5;
  const fragment = random.chance(0.02) ? random.of([0x2000, 0x00b9, 0x2172]) : 0x4000;
  const protocol = ipProtocol(random, 1);
  view.setUint16(ip, 0x4500 + (words - 5) * 256);
  view.setUint16(ip + 2, length - ip);
  view.setUint16(ip + 6, fragment);
  view.setUint16(ip + 8, 0x4000 + protocol);
  view.setUint16(ip + 10, 0);
  writeAddress(view, ip + 12, random);
  writeAddress(view, ip + 16, random);
  for (let option = ip + 20; option < ip + 4 * words; option += 4) view.setUint32(option, 0x01010101);
  view.setUint16(ip + 10, checksum(view, ip, words * 4));
  writeTransport(view, ip + 4 * words, protocol, length, random);
}

function writeIp6(view, type, length, random) {
  view.setUint16(type, 0x86dd);
  const ip = type + 2;
  const protocol = ipProtocol(random, 58);
  const extension = random.chance(0.06) ? random.of([0, 43, 60]) : undefined;
  view.setUint32(ip, 0x60000000);
  view.setUint16(ip + 4, Math.max(0, length - ip - 40));
  view.setUint16(ip + 6, (extension ?? protocol) * 256 + 64);
  for (const address of [ip + 8, ip + 24]) {
    view.setUint32(address, 0x20010db8);
    view.setUint32(address + 4, random.below(16));
    view.setUint32(address + 8, 0);
    view.setUint32(address + 12, random.below(1000));
  }
  if (extension !== undefined) view.setUint32(ip + 40, protocol * 0x100_0000 + 0x0104);
  writeTransport(view, ip + (extension === undefined ? 40 : 48), protocol, length, random);
}

function writeArp(view, type, random) {
  view.setUint16(type, 0x0806);
  view.setUint32(type + 2, 0x00010800);
  view.setUint32(type + 6, 0x06040000 + 1 + random.below(2));
  writeAddress(view, type + 16, random);
  writeAddress(view, type + 26, random);
}

function ipProtocol(random, icmp) {
  const kind = random.below(100);
  if (kind < 70) return 6;
  return kind < 94 ? 17 : kind < 99 ? icmp : 47;
}

/** A third of the addresses lie in 10.0.0.0/8, sixteen of them busy; some in 192.168.0.0/16; the rest anywhere. */
function writeAddress(view, at, random) {
  const kind = random.below(10);
  if (kind < 2) return view.setUint32(at, 0x0a000000 + random.below(random.chance(0.5) ? 16 : 256));
  if (kind < 3) return view.setUint32(at, 0x0a000000 + random.below(0x100_0000));
  if (kind < 5) return view.setUint32(at, 0xc0a80000 + random.below(0x1000));
  if (kind < 6) return view.setUint32(at, random());
  const [first, second] = random.of(publicNets);
  view.setUint32(at, (first * 0x100_0000 + second * 0x1_0000 + random.below(4096)) >>> 0);
}

function writeTransport(view, at, protocol, length, random) {
  const known = random.of(ports);
  const ephemeral = 32768 + random.below(28000);
  const outward = random.chance(0.5);
  view.setUint16(at, outward ? ephemeral : known);
  view.setUint16(at + 2, outward ? known : ephemeral);
  if (protocol === 17) return view.setUint16(at + 4, Math.max(8, length - at));
  if (protocol !== 6) return view.setUint16(at, random.of([0x0800, 0x0000, 0x0301]));
  const words = random.chance(0.6) ? 8 : 5;
  view.setUint8(at + 12, words << 4);
  view.setUint8(at + 13, random.of([0x02, 0x12, 0x11, 0x10, 0x10, 0x10, 0x10, 0x10, 0x18, 0x18, 0x18, 0x18]));
  if (words === 8) view.setUint32(at + 20, 0x0101080a);
}

/** The Internet checksum (RFC 1071) of a header whose own field is 0. */
function checksum(view, at, bytes) {
  let sum = 0;
  for (let i = 0; i < bytes; i += 2) sum += view.getUint16(at + i);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
