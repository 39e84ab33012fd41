export { BpfError, type ErrorCode, errorCodes, type Place, type Span } from './base/error.js';
export { frame } from './base/frame.js';
export type { Origin } from './base/origin.js';
export { PacketBatch, type Scanned } from './capture/batch.js';
export { type Capture, openCapture } from './capture/open.js';
export type { PacketFilter, ScanOptions } from './capture/scan.js';
export type { CaptureInput } from './capture/source.js';
export { CaptureWriter, type WriterOptions } from './capture/writer.js';
export { check } from './classic/check.js';
export type { ClassicInsn } from './classic/insn.js';
export { ClassicProgram } from './classic/program.js';
export * as asm from './ebpf/build.js';
export type { Insn, Operand, Register, Size, Width } from './ebpf/insn.js';
export type { MapSpec } from './ebpf/map.js';
export { Program } from './ebpf/program.js';
export type { LinkedFunction } from './elf/link.js';
export type { ObjectMap } from './elf/map.js';
export { type ObjectFile, type ObjectProgram, type ReadElfOptions, readElf } from './elf/read.js';
export type { Environment, Field } from './env/environment.js';
export type { Helper } from './env/helper.js';
export { environment } from './env/lookup.js';
export { type UserHelper, withHelpers } from './env/with-helpers.js';
export { type CompiledEvent, compileEvent } from './event/compile.js';
export { type EventFieldDescription, type EventFieldType, eventFormat } from './event/describe.js';
export type { EventDialect } from './event/dialect.js';
export { type EventField, type EventFormat, parseEventFormat } from './event/format.js';
export type { ParseOptions as EventFilterParseOptions } from './event/parse.js';
export { type EventOrigin, prefixBytes as eventPrefixBytes } from './event/record.js';
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
export type { CompileOptions } from './filter/meaning.js';
export type { Names, NameTables } from './filter/names.js';
export { parse } from './filter/parse.js';
export { type NameResolver, type ResolveOptions, resolveNames } from './filter/resolve.js';
export { type CacheOptions, FilterCache } from './run/cache.js';
export type { EngineName, Outcome, Trap, TrapCode } from './run/engine.js';
export { EventFilter, type EventFilterOptions, eventFilter, type RecordFault } from './run/event.js';
export { type FilterOptions, filter } from './run/expression.js';
export { Filter } from './run/filter.js';
export { type LoadOptions, load, loadClassic, loadUnchecked } from './run/load.js';
export { BpfMap } from './run/map/map.js';
export { ProgramArray } from './run/map/programs.js';
export {
  type Ending,
  type FilteredProcess,
  type ProcessOptions,
  restrictThisProcess,
  startFiltered,
} from './run/process.js';
export { type Answer, type ArgumentTests, answer, arg, PolicyBuilder } from './seccomp/builder.js';
export { type CompilePolicyOptions, compilePolicy } from './seccomp/compile.js';
export type { Condition } from './seccomp/condition.js';
export { type CallCounts, readCounts } from './seccomp/heat.js';
export type { Layout } from './seccomp/layout.js';
export type { Policy, PolicyWarning, Runtime } from './seccomp/policy.js';
export { type PolicyOptions, readPolicy } from './seccomp/read.js';
export { translate } from './translate/translate.js';
export type { Known, KnownAddress, KnownNumber, Range } from './verify/known.js';
export type { KnownSlot, KnownState } from './verify/ranges.js';
export { type KnownRegister, VerifyError } from './verify/refusal.js';
export { VerifiedProgram, type VerifyOptions, verify } from './verify/verify.js';
