// docs/isa.md: every form of an instruction with its encoding, both notations and its meaning.

/** @param ebpf the exports of the modules of src/ebpf that know instructions */
export function isaPage({ sections, encode, printInsn }) {
  const lines = tableLines(encode, printInsn);
  return `<!-- Generated from src/ebpf/rows.ts and src/ebpf/forms.ts by \`npm run gen\`: don't edit. -->

# The instruction set

Every instruction of the internal machine: those of [RFC 9669](https://www.rfc-editor.org/rfc/rfc9669) and those that Linux
adds. The examples have r1 as dst, r2 as src, 5 as a constant. Each is shown in the notation of Linux's verifier log and in
that of the [bpf_conformance](https://github.com/Alan-Jowett/bpf_conformance) suite; \`Program.parse\` reads both. In a link,
\`#op-07\` leads to opcode 0x07.

There are eleven registers of 64 bits: r0 (result), r1 to r5 (arguments, lost in a call), r6 to r9 (kept over calls), and
r10 (frame pointer, read-only). A program is a row of slots of 8 bytes, all numbers little-endian:

    byte  0       1        2-3   4-7
          opcode  src|dst  off   imm        dst is the low half of byte 1; off and imm are signed

    bit   7 6 5 4    3         2 1 0
          operation  source    class        arithmetic and jumps; source: 0 a constant, 1 a register
          7 6 5      4 3       2 1 0
          mode       size      class        memory

A field that an instruction doesn't use must be 0. "Fields" are those that tell instructions with the same opcode apart.

${sections.map((section) => printSection(section, lines)).join('\n\n')}
`;
}

function printSection({ title, about, forms }, line) {
  const head = ['Opcode', 'Fields', 'Linux', 'bpf_conformance', 'Meaning', 'Group'];
  const table = [row(head), row(head.map(() => '---')), ...forms.map(line)];
  return [`## ${title}`, '', ...wrapped(about, 120), '', ...table].join('\n');
}

/** What prints the line of a form; each line has an anchor of its own. */
function tableLines(encode, printInsn) {
  const seen = new Map();
  return ({ insn, about, group }) => {
    const fields = fieldsOf(encode, insn);
    const opcode = fields.opcode.toString(16).padStart(2, '0');
    const count = (seen.get(opcode) ?? 0) + 1;
    seen.set(opcode, count);
    const anchor = `<a id="op-${opcode}${count === 1 ? '' : `-${count}`}"></a>`;
    const notations = ['linux', 'mnemonic'].map((notation) => `\`${printInsn(insn, notation)}\``);
    return row([`${anchor}0x${opcode}`, deciding(insn, fields), ...notations, about, group]);
  };
}

/** The fields beside the opcode that make the instruction what it is. */
const decidingFields = {
  alu: ['off'],
  movsx: ['off'],
  swap: ['imm'],
  'addr-space-cast': ['off', 'imm'],
  wide: ['src'],
  atomic: ['imm'],
  'load-acquire': ['imm'],
  'store-release': ['imm'],
  'call-helper': ['src'],
  'call-local': ['src'],
  'call-kfunc': ['src'],
};

function deciding(insn, fields) {
  const names = (decidingFields[insn.kind] ?? []).filter((name) => insn.kind !== 'alu' || fields[name] !== 0);
  return names
    .map((name) => `${name} = ${name === 'imm' && insn.kind !== 'swap' ? hex(fields.imm) : fields[name]}`)
    .join(', ');
}

function hex(value) {
  return value < 10 ? String(value) : `0x${value.toString(16)}`;
}

function fieldsOf(encode, insn) {
  const view = new DataView(encode([insn]).buffer);
  const registers = view.getUint8(1);
  return { opcode: view.getUint8(0), src: registers >> 4, off: view.getInt16(2, true), imm: view.getInt32(4, true) };
}

function row(cells) {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function wrapped(text, width) {
  const lines = [];
  for (const word of text.split(' ')) {
    if (lines.length > 0 && `${lines.at(-1)} ${word}`.length <= width) lines.push(`${lines.pop()} ${word}`);
    else lines.push(word);
  }
  return lines;
}
