// An instruction of the classic machine, as `struct sock_filter` (linux/filter.h) and `struct bpf_insn` (pcap/bpf.h) lay it out.
//
// byte  0-1    2     3     4-7
//       code   jt    jf    k

export interface ClassicInsn {
  /** class | size or operation | mode or source; 0 to 65535, of which only the low byte is used. */
  readonly code: number;
  /** How many instructions a conditional jump skips when its test holds, 0 to 255. */
  readonly jt: number;
  /** How many it skips when the test fails, 0 to 255. */
  readonly jf: number;
  /** Operand, 0 to 2^32-1. */
  readonly k: number;
}
