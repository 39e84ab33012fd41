// unibpf compile: what an expression becomes, at each stage of its way.

import { type Command, Option } from 'commander';
import { toHex } from '../base/hex.js';
import { originPlace } from '../base/origin.js';
import type { ClassicForm, ClassicProgram } from '../classic/program.js';
import { print } from '../ebpf/print.js';
import { packet } from '../env/packet.js';
import { compile as compileFilter } from '../filter/compile.js';
import type { CompileOptions } from '../filter/meaning.js';
import type { Names } from '../filter/names.js';
import { parse } from '../filter/parse.js';
import { type Validation, validate } from '../filter/validate/validate.js';
import { optimize } from '../optimize/optimize.js';
import { listNative } from '../run/native.js';
import { translate } from '../translate/translate.js';
import { verify } from '../verify/verify.js';
import { count, mistake, repeated } from './arguments.js';
import { warn } from './errors.js';
import { type LanguageOptions, languageOptions, namesFor } from './expression.js';
import { optimizedText } from './optimized.js';
import { print as show, tell } from './terminal.js';

const stages = ['ast', 'classic', 'internal', 'optimized', 'native'] as const;

/** By how often `-d` is given; the listing is what is shown without it as well. */
const listings = ['d', 'd', 'dd', 'ddd'] as const;

interface Options extends LanguageOptions {
  readonly emit: (typeof stages)[number];
  readonly link: string;
  readonly snaplen?: number;
  readonly netmask?: string;
  readonly optimize: boolean;
  /** Where names are looked up. */
  readonly names: Names;
  readonly annotate?: true;
  readonly validate?: true;
  readonly json?: true;
}

export function register(program: Command): void {
  const command = program.command('compile').argument('[expression...]');
  languageOptions(command);
  command
    .description('show the program that a tcpdump expression becomes')
    .addOption(new Option('--emit <stage>', 'how far it goes').choices(stages).default('classic'))
    .option('-y, --link <type>', 'link type of the packets, by its name or number', 'EN10MB')
    .option('-s, --snaplen <bytes>', 'what the program returns for a packet that matches', count)
    .option('--netmask <mask>', "the network's, as 255.255.255.0; 'ip broadcast' needs it")
    .option('-O, --no-optimize', 'compile the expression as it stands')
    .option('--annotate', 'list the classic program with the text that each instruction came from')
    .option('--validate', 'prove that the optimized program says what the plain one says, where that is cheap')
    .option('--json', 'what is shown as one JSON object');
  const times = repeated(command, '-d', 'the classic program as a listing; -dd: as C, -ddd: as decimal numbers');
  command.addHelpText('after', help).action(async (words: readonly string[]) => {
    const expression = words.join(' ');
    const options = command.opts<Omit<Options, 'names'>>();
    const names = await namesFor(expression, options);
    await show(`${shown(expression, times(), { ...options, names })}\n`);
  });
}

const help = `
The expression is in the language of pcap-filter(7); without one, every packet matches.

  unibpf compile -d 'tcp port 80'
  unibpf compile --emit optimized 'tcp port 80'    what machine code is made of, and what each pass saves
  unibpf compile --emit native 'tcp port 80'`;

function shown(expression: string, times: number, options: Options): string {
  const form = listings[times];
  if (form === undefined) throw mistake('expected -d at most three times', process.argv.slice(2), undefined);
  if (times > 0 && options.emit !== 'classic') {
    throw mistake(
      `-d lists the classic program, '--emit ${options.emit}' asks for another`,
      process.argv.slice(2),
      '-d',
    );
  }
  if (options.annotate && (times > 1 || options.emit !== 'classic' || options.json)) {
    throw mistake('--annotate is for the listing of the classic program', process.argv.slice(2), '--annotate');
  }
  const { text, value } = emitters[options.emit](expression, options, form);
  const validation = options.validate ? validated(expression, options) : undefined;
  return options.json ? JSON.stringify({ [options.emit]: value, validation }) : text;
}

/** What a stage yields, for people and for programs. */
interface Emitted {
  readonly text: string;
  readonly value: unknown;
}

type Emitter = (expression: string, options: Options, form: ClassicForm) => Emitted;

const emitters: Readonly<Record<Options['emit'], Emitter>> = {
  ast: (expression, { dialect }) => {
    const value = parse(expression, dialect) ?? null;
    return { text: JSON.stringify(value, undefined, 2), value };
  },
  classic: (expression, options, form) => {
    const program = classic(expression, options);
    return {
      text: options.annotate ? annotated(program) : program.toString(form),
      value: program.insns.map(({ code, jt, jf, k }) => [code, jt, jf, k]),
    };
  },
  internal: (expression, options) => {
    const program = translate(classic(expression, options));
    return { text: program.toString(), value: toHex(program.encode()) };
  },
  optimized: (expression, options) => {
    const verified = verify(translate(classic(expression, options)), packet);
    const { insns, tables, reason } = optimize(verified);
    return {
      text: optimizedText(verified),
      value: { program: print(insns).split('\n'), tables: tables.length, reason },
    };
  },
  native: (expression, options) => {
    const verified = verify(translate(classic(expression, options)), packet);
    const text = listNative(options.optimize ? optimize(verified) : verified.program, packet, { checked: false });
    return { text, value: text };
  },
};

/** The listing, each instruction beside the text that it came from. */
function annotated(program: ClassicProgram): string {
  const lines = program.toString('d').replaceAll('\t', '  ').split('\n');
  const width = Math.max(...lines.map((line) => line.length));
  return lines
    .map((line, pc) => `${line.padEnd(width)}  ; ${sourceText(program, pc)}`.replace(/ {2}; $/, '').trimEnd())
    .join('\n');
}

/** Longest piece of the expression that is shown beside an instruction. */
const textLimit = 60;

function sourceText({ origin }: ClassicProgram, pc: number): string {
  const { source, start, end } = originPlace(origin, pc) ?? { source: '', start: 0, end: 0 };
  const text = source.slice(start, end).replace(/\s+/g, ' ');
  return text.length > textLimit ? `${text.slice(0, textLimit)} …` : text;
}

function classic(expression: string, options: Options): ClassicProgram {
  const { program, warnings } = compileFilter(expression, compileOptions(options));
  for (const { message } of warnings) warn(message);
  return program;
}

/** Compares the program with the plain one, on all packets, and tells what came of it. */
function validated(expression: string, options: Options): Validation {
  const of = (optimize: boolean) => compileFilter(expression, { ...compileOptions(options), optimize }).program;
  const [plain, optimized] = [of(false), of(true)];
  const result = validate(plain, optimized);
  if (options.json) return result;
  if (result.proved) {
    const sizes = `${optimized.length} instructions say what the ${plain.length} plain ones say`;
    tell(`proved: the ${sizes}, of every packet, on ${result.ways} ways through them\n`);
  } else warn(`nothing is proved of the optimized program: ${result.reason}`);
  return result;
}

function compileOptions({ link, snaplen, netmask, optimize, dialect, names }: Options): CompileOptions {
  return {
    link: /^\d+$/.test(link) ? Number(link) : link,
    optimize,
    dialect,
    names,
    ...(snaplen !== undefined && { snaplen }),
    ...(netmask !== undefined && { netmask }),
  };
}
