// unibpf filter: the packets of captures that an expression lets pass, as lines, as JSON, as a capture, as a number.

import type { Command } from 'commander';
import { expressionSource, type LanguageOptions, languageOptions, namesFor } from './expression.js';
import { classicProgram, packetOptions, passPackets } from './packets.js';

export function register(program: Command): void {
  const command = program.command('filter').argument('<expression>').argument('<files...>');
  command.description('find the packets of captures that a tcpdump expression matches');
  command.option('-O, --no-optimize', 'compile the expression as it stands');
  languageOptions(command);
  const options = packetOptions(command);
  command.addHelpText('after', help).action(async (expression: string, files: readonly string[]) => {
    const language = command.opts<LanguageOptions & { readonly optimize: boolean }>();
    const names = await namesFor(expression, language);
    const { optimize, dialect } = language;
    const how = options();
    const source = expressionSource(expression, { optimize, dialect, names });
    await passPackets(classicProgram(source, how.engine), files, how);
  });
}

const help = `
The expression is in the language of pcap-filter(7). A file is a capture, '-' is standard input.
Exit status: 0 matched, 1 nothing matched, 2 a mistake in the expression or the options, 4 reading or writing failed.

  unibpf filter 'tcp port 80 and not net 10.0.0.0/8' in.pcap -w out.pcap`;
