export { BpfError, type ErrorCode, errorCodes, type Place, type Span } from './base/error.js';
export { frame } from './base/frame.js';
export type { Origin } from './base/origin.js';
export {
  type CaptureFormat,
  type CaptureInterface,
  PacketBatch,
  type PacketIndex,
  type Scanned,
} from './capture/batch.js';
export type { Clock, PacketTime } from './capture/clock.js';
export { type Capture, openCapture } from './capture/open.js';
export type { PacketFilter, ScanOptions } from './capture/scan.js';
export type { CaptureOutput } from './capture/sink.js';
export type { CaptureInput } from './capture/source.js';
export { CaptureWriter, type WriterOptions } from './capture/writer.js';
export { type ClassicEnvironment, check } from './classic/check.js';
export type { ClassicInsn } from './classic/insn.js';
export { type ClassicForm, ClassicProgram } from './classic/program.js';
export type { ClassicPacket } from './classic/run.js';
export * as asm from './ebpf/build.js';
export type { Insn, Operand, Register, Size, Width } from './ebpf/insn.js';
export type { MapEntry, MapSpec, MapType } from './ebpf/map.js';
export type { Notation } from './ebpf/print.js';
export { Program, type ProgramParts } from './ebpf/program.js';
export type { Absent, LinkedFunction } from './elf/link.js';
export type { ObjectMap } from './elf/map.js';
export { type ObjectFile, type ObjectProgram, type ReadElfOptions, readElf } from './elf/read.js';
export type { Environment, Field } from './env/environment.js';
export type { Helper } from './env/helper.js';
export { type EnvironmentOptions, environment } from './env/lookup.js';
export { type UserHelper, withHelpers } from './env/with-helpers.js';
export { type CompiledEvent, compileEvent } from './event/compile.js';
export { type EventFieldDescription, type EventFieldType, eventFormat } from './event/describe.js';
export type { EventDialect } from './event/dialect.js';
export { type EventField, type EventFormat, parseEventFormat } from './event/format.js';
export type { ParseOptions as EventFilterParseOptions } from './event/parse.js';
export type { EventWarning } from './event/reading.js';
export { type EventOrigin, prefixBytes as eventPrefixBytes } from './event/record.js';
export type { Expression as FilterExpression } from './filter/ast.js';
export { type Compiled, compile } from './filter/compile.js';
export type { Dialect } from './filter/dialect.js';
export {
  type Check,
  type Comparison,
  type ExplainedPrimitive,
  type Explanation,
  explain,
  type PacketLoad,
} from './filter/explain.js';
export type { Warning as FilterWarning } from './filter/generate/generator.js';
export type { CompileOptions } from './filter/meaning.js';
export type { Names, NameTables } from './filter/names.js';
export { parse } from './filter/parse.js';
export { type NameResolver, type ResolveOptions, resolveNames } from './filter/resolve.js';
export { type CacheOptions, FilterCache } from './run/cache.js';
export type { EngineName, Outcome, Packets, Trap, TrapCode } from './run/engine.js';
export { EventFilter, type EventFilterOptions, eventFilter, type RecordFault } from './run/event.js';
export { type FilterOptions, filter } from './run/expression.js';
export { Filter } from './run/filter.js';
export { type Classification, FilterSet, filterSet } from './run/filter-set.js';
export { type LoadClassicOptions, type LoadOptions, load, loadClassic, loadUnchecked } from './run/load.js';
export { KernelObjectMap } from './run/map/kernel-objects.js';
export { BpfMap, type MapKey } from './run/map/map.js';
export { PerfEventArray } from './run/map/perf-events.js';
export { ProgramArray } from './run/map/programs.js';
export { ValueQueue } from './run/map/queue.js';
export { RingBuffer } from './run/map/ring.js';
export { type AnyMap, createMap } from './run/map/table.js';
export {
  type Ending,
  type FilteredProcess,
  type ProcessOptions,
  restrictThisProcess,
  startFiltered,
} from './run/process.js';
export type { ArchName, NameSource } from './seccomp/arch.js';
export { type Answer, type ArgumentTests, answer, arg, PolicyBuilder } from './seccomp/builder.js';
export { type CompilePolicyOptions, compilePolicy } from './seccomp/compile.js';
export type { Condition } from './seccomp/condition.js';
export { type CallCounts, readCounts } from './seccomp/heat.js';
export type { Layout } from './seccomp/layout.js';
export type { FilterFlag, Policy, PolicyWarning, Runtime } from './seccomp/policy.js';
export { type PolicyOptions, readPolicy } from './seccomp/read.js';
export { translate } from './translate/translate.js';
export type { Known, KnownAddress, KnownNumber, Range } from './verify/known.js';
export type { LogLevel } from './verify/log.js';
export type { KnownSlot, KnownState } from './verify/ranges.js';
export { type KnownRegister, type PathStep, VerifyError } from './verify/refusal.js';
export { VerifiedProgram, type VerifyOptions, verify } from './verify/verify.js';
