import { CODES } from '../../codes.ts';
import { parseConfig } from '../config/parse.ts';
import { ConfigError, type Fault, hintOf } from '../model/faults.ts';
import type { Catalogue } from './catalogue.ts';
import { checkCatalogue } from './check.ts';
import { CatalogueSchema } from './schema.ts';

/**
 * Bytes of a catalogue of builders (JSON or YAML), in the form of docs/catalogue.md. Nothing in it is proven: whoever
 * gives the file says which builders reach which level.
 *
 * @throws ConfigError `config.invalid` and the other `config.*` codes, with all faults of the file
 */
export function parseCatalogue(bytes: Uint8Array, fileName: string): Catalogue {
  try {
    return parseConfig(bytes, fileName, CatalogueSchema, checkCatalogue);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const [first, ...rest] = error.faults;
    throw new ConfigError(error.fileName, [asConfiguration(first), ...rest.map(asConfiguration)]);
  }
}

/** The loader has the codes of policies, whose pages speak of policies; a catalogue is none. */
const asConfiguration = (fault: Fault): Fault =>
  fault.code.startsWith('policy.')
    ? {
        ...fault,
        code: 'config.invalid',
        hint: fault.hint === hintOf(fault.code) ? CODES['config.invalid'].hint : fault.hint,
      }
    : fault;
