// Names of numbers that arguments of system calls take, as Linux's generic headers have them (x86, arm and riscv64 among others).

interface Constants {
  /** The calls and the argument that it is of. */
  readonly of: readonly (readonly [call: string, argument: number])[];
  /** Whether the numbers are bits that go together. */
  readonly bits: boolean;
  readonly values: ReadonlyMap<string, bigint>;
}

function constants(of: string, bits: boolean, text: string): Constants {
  const where = of.split(' ').map((each) => {
    const [call = '', argument] = each.split('.');
    return [call, Number(argument)] as const;
  });
  const values = text.split(/\s+/).map((each) => {
    const [name = '', value = ''] = each.split('=');
    return [name, BigInt(value)] as const;
  });
  return { of: where, bits, values: new Map(values) };
}

const tables: readonly Constants[] = [
  constants(
    'socket.0 socketpair.0',
    false,
    'AF_UNSPEC=0 AF_UNIX=1 AF_INET=2 AF_AX25=3 AF_INET6=10 AF_KEY=15 AF_NETLINK=16 AF_PACKET=17 AF_ALG=38 AF_NFC=39 AF_VSOCK=40 AF_XDP=44',
  ),
  constants(
    'socket.1 socketpair.1',
    true,
    'SOCK_STREAM=1 SOCK_DGRAM=2 SOCK_RAW=3 SOCK_SEQPACKET=5 SOCK_NONBLOCK=0x800 SOCK_CLOEXEC=0x80000',
  ),
  constants(
    'open.1 openat.2',
    true,
    'O_RDONLY=0 O_WRONLY=1 O_RDWR=2 O_CREAT=0x40 O_EXCL=0x80 O_TRUNC=0x200 O_APPEND=0x400 O_NONBLOCK=0x800 O_CLOEXEC=0x80000 O_PATH=0x200000',
  ),
  constants('openat.0 fstatat.0 newfstatat.0', false, 'AT_FDCWD=0xffffffffffffff9c'),
  constants('mmap.2 mprotect.2 pkey_mprotect.2', true, 'PROT_NONE=0 PROT_READ=1 PROT_WRITE=2 PROT_EXEC=4'),
  constants('mmap.3', true, 'MAP_SHARED=1 MAP_PRIVATE=2 MAP_FIXED=0x10 MAP_ANONYMOUS=0x20'),
  constants(
    'clone.0 unshare.0 setns.1',
    true,
    `CLONE_VM=0x100 CLONE_FS=0x200 CLONE_FILES=0x400 CLONE_SIGHAND=0x800 CLONE_PTRACE=0x2000 CLONE_VFORK=0x4000 CLONE_THREAD=0x10000
    CLONE_NEWNS=0x20000 CLONE_NEWCGROUP=0x2000000 CLONE_NEWUTS=0x4000000 CLONE_NEWIPC=0x8000000 CLONE_NEWUSER=0x10000000
    CLONE_NEWPID=0x20000000 CLONE_NEWNET=0x40000000 CLONE_IO=0x80000000`,
  ),
  constants(
    'prctl.0',
    false,
    'PR_SET_PDEATHSIG=1 PR_SET_DUMPABLE=4 PR_SET_KEEPCAPS=8 PR_SET_NAME=15 PR_GET_SECCOMP=21 PR_SET_SECCOMP=22 PR_CAPBSET_DROP=24 PR_SET_MM=35 PR_SET_NO_NEW_PRIVS=38',
  ),
  constants(
    'ioctl.1',
    false,
    'TCGETS=0x5401 TCSETS=0x5402 TIOCSTI=0x5412 TIOCGWINSZ=0x5413 TIOCLINUX=0x541c FIONREAD=0x541b FIONBIO=0x5421',
  ),
  constants('personality.0', false, 'PER_LINUX=0 PER_LINUX32=8 UNAME26=0x20000 ADDR_NO_RANDOMIZE=0x40000'),
  constants(
    'kill.1 tkill.1 tgkill.2 rt_sigqueueinfo.1',
    false,
    'SIGHUP=1 SIGINT=2 SIGKILL=9 SIGUSR1=10 SIGSEGV=11 SIGTERM=15 SIGSTOP=19',
  ),
  constants(
    'ptrace.0',
    false,
    'PTRACE_TRACEME=0 PTRACE_POKETEXT=4 PTRACE_POKEDATA=5 PTRACE_ATTACH=16 PTRACE_SEIZE=0x4206',
  ),
  constants('seccomp.0', false, 'SECCOMP_SET_MODE_STRICT=0 SECCOMP_SET_MODE_FILTER=1 SECCOMP_GET_ACTION_AVAIL=2'),
];

function tableOf(call: string, argument: number): Constants | undefined {
  return tables.find(({ of }) => of.some(([name, at]) => name === call && at === argument));
}

/** The number of a constant of an argument; undefined where none has that name there. */
export function constantOf(name: string, call: string, argument: number): bigint | undefined {
  return tableOf(call, argument)?.values.get(name);
}

/** What a number means as an argument, `AF_INET` or `O_WRONLY|O_CREAT`; undefined where it has no name. */
export function constantText(value: bigint, call: string, argument: number): string | undefined {
  const table = tableOf(call, argument);
  if (table === undefined) return undefined;
  for (const [name, number] of table.values) if (number === value) return name;
  if (!table.bits || value === 0n) return undefined;
  const set = [...table.values].filter(([, bit]) => bit !== 0n && (value & bit) === bit);
  const all = set.reduce((sum, [, bit]) => sum | bit, 0n);
  return all === value ? set.map(([name]) => name).join('|') : undefined;
}
