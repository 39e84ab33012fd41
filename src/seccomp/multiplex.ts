// Where a machine has `socketcall` and `ipc`, calls of sockets and of System V IPC come in through these as well: the first argument
// says which (linux/net.h, linux/ipc.h). A rule for such a call is one for that way too, with its conditions on other arguments
// as they are, which is what libseccomp makes of it: the arguments themselves lie in memory, where no filter sees them.

const socketcall = [
  ...['socket', 'bind', 'connect', 'listen', 'accept', 'getsockname', 'getpeername', 'socketpair', 'send', 'recv'],
  ...[
    'sendto',
    'recvfrom',
    'shutdown',
    'setsockopt',
    'getsockopt',
    'sendmsg',
    'recvmsg',
    'accept4',
    'recvmmsg',
    'sendmmsg',
  ],
];

const ipc: readonly (readonly [string, bigint])[] = [
  ['semop', 1n],
  ['semget', 2n],
  ['semctl', 3n],
  ['semtimedop', 4n],
  ['msgsnd', 11n],
  ['msgrcv', 12n],
  ['msgget', 13n],
  ['msgctl', 14n],
  ['shmat', 21n],
  ['shmdt', 22n],
  ['shmget', 23n],
  ['shmctl', 24n],
];

export interface Multiplexed {
  /** The call through which it comes in. */
  readonly call: 'socketcall' | 'ipc';
  /** The first argument of that call. */
  readonly operation: bigint;
}

const ways: ReadonlyMap<string, Multiplexed> = new Map<string, Multiplexed>([
  ...socketcall.map((name, at) => [name, { call: 'socketcall', operation: BigInt(at + 1) }] as const),
  ...ipc.map(([name, operation]) => [name, { call: 'ipc', operation }] as const),
]);

/** The second way in to a call; undefined where it has none. */
export function multiplexedNumber(name: string): Multiplexed | undefined {
  return ways.get(name);
}
