// The event filters that are measured, and the records: those of Linux's signal_generate, made by a seeded generator.

export const format = `name: signal_generate
ID: 213
format:
\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;
\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;
\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;
\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;

\tfield:int sig;\toffset:8;\tsize:4;\tsigned:1;
\tfield:int errno;\toffset:12;\tsize:4;\tsigned:1;
\tfield:int code;\toffset:16;\tsize:4;\tsigned:1;
\tfield:char comm[16];\toffset:20;\tsize:16;\tsigned:0;
\tfield:pid_t pid;\toffset:36;\tsize:4;\tsigned:1;
\tfield:int group;\toffset:40;\tsize:4;\tsigned:1;
\tfield:int result;\toffset:44;\tsize:4;\tsigned:1;

print fmt: "sig=%d", REC->sig
`;

const recordBytes = 48;

/** What is asked, and the same for filtrex. The first is the article's own. */
export const filters = [
  {
    name: 'the article',
    filter: '((sig >= 10 && sig < 15) || sig == 17) && comm != bash',
    filtrex: '((sig >= 10 and sig < 15) or sig == 17) and comm != "bash"',
  },
  {
    name: 'who and what',
    filter: '(sig == 6 || sig == 9 || sig == 11) && pid > 1000 && errno == 0',
    filtrex: '(sig == 6 or sig == 9 or sig == 11) and pid > 1000 and errno == 0',
  },
  {
    name: 'either of two',
    filter: '(code & 3 && group == 1) || (result != 0 && pid < 2000)',
    filtrex: '(code mod 4 != 0 and group == 1) or (result != 0 and pid < 2000)',
  },
  {
    name: 'four shells',
    filter: 'comm == bash || comm == zsh || comm == fish || comm == sh',
    filtrex: 'comm == "bash" or comm == "zsh" or comm == "fish" or comm == "sh"',
  },
  {
    name: 'kernel threads',
    filter: 'comm ~ "kworker*" && sig >= 16 && (code == 0 || code == 2) && pid != 1',
    filtrex: 'comm ~= "^kworker" and sig >= 16 and (code == 0 or code == 2) and pid != 1',
  },
  {
    name: 'sixteen processes',
    filter: Array.from({ length: 16 }, (_, i) => `pid == ${200 + i * i * 17}`).join(' || '),
    filtrex: Array.from({ length: 16 }, (_, i) => `pid == ${200 + i * i * 17}`).join(' or '),
  },
];

const names = [
  'bash',
  'zsh',
  'fish',
  'sh',
  'kworker/0:1',
  'kworker/u8:2',
  'systemd',
  'node',
  'nginx',
  'postgres',
  'init',
];

/** So many records one after the other: `{ data, offsets, lengths, objects }`, the last with their fields decoded. */
export function records(count) {
  const draw = generator(1);
  const data = Buffer.alloc(count * recordBytes);
  const objects = [];
  for (let i = 0; i < count; i++) {
    const at = i * recordBytes;
    const own = {
      sig: draw(24),
      errno: draw(4) === 0 ? draw(3) : 0,
      code: draw(8),
      comm: names[draw(names.length)],
      pid: draw(2) === 0 ? 200 + draw(16) ** 2 * 17 : draw(4000),
      group: draw(2),
      result: draw(3) === 0 ? draw(5) : 0,
    };
    data.writeUInt16LE(213, at);
    data.writeInt32LE(own.sig, at + 8);
    data.writeInt32LE(own.errno, at + 12);
    data.writeInt32LE(own.code, at + 16);
    data.write(own.comm, at + 20);
    data.writeInt32LE(own.pid, at + 36);
    data.writeInt32LE(own.group, at + 40);
    data.writeInt32LE(own.result, at + 44);
    objects.push(own);
  }
  const offsets = Uint32Array.from({ length: count }, (_, i) => i * recordBytes);
  return { data, offsets, lengths: new Uint32Array(count).fill(recordBytes), objects };
}

/** Numbers below n: xorshift with 32 bits. */
function generator(seed) {
  let state = seed;
  return (n) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % n;
  };
}
