// event: which records of a tracing event a filter matches.

import { eventDialects } from '../../event/dialect.js';
import { parseEventFormat } from '../../event/format.js';
import { eventFilter } from '../../run/event.js';
import { nativeMissing } from '../../run/native.js';
import { operation } from './operation.js';
import { list, record, text, word } from './shape.js';
import { bytes, u32 } from './values.js';

const engines = ['interpreter', 'jit'] as const;

const shape = record(
  { format: text, filter: text, records: list(record({ data: bytes }, { comm: text, cpu: u32 })) },
  { dialect: word(eventDialects), engine: word(engines) },
);

export const event = operation(shape, ({ filter, records, dialect = 'linux', engine = bestEngine(), ...given }) => {
  const format = parseEventFormat(given.format);
  using loaded = eventFilter(filter, format, { dialect, engine, optimize: true });
  const faults = records.flatMap(({ data }, i) => {
    const fault = loaded.fault(data);
    return fault === undefined ? [] : [{ record: i, fault }];
  });
  return {
    verdicts: records.map(({ data, ...origin }) => (loaded.matches(data, origin) ? 1 : 0)),
    warnings: loaded.warnings.length > 0 ? loaded.warnings : undefined,
    faults: faults.length > 0 ? faults : undefined,
  };
});

function bestEngine(): (typeof engines)[number] {
  return nativeMissing() === undefined ? 'jit' : 'interpreter';
}
