import { hash } from 'node:crypto';
import { CATALOGUE } from '../core/catalogue/builders.ts';
import type { Catalogue } from '../core/catalogue/catalogue.ts';
import type { TrustReport } from '../core/model/result.ts';
import { refuse } from '../errors.ts';
import type { VerificationPorts } from './requests.ts';

export interface LoadedCatalogue {
  readonly catalogue: Catalogue;
  /** The file, where one took the place of the built-in catalogue: whoever reads the answer sees that, and which one. */
  readonly reports: readonly TrustReport[];
}

/**
 * The built-in catalogue, or the one of the file. What reads files is slow to load, so it is only when there is one.
 *
 * @throws SlsaGateError `path.*`, `config.*`
 */
export async function loadCatalogue(
  path: string | undefined,
  { readFile }: Pick<VerificationPorts, 'readFile'>,
): Promise<LoadedCatalogue> {
  if (path === undefined) return { catalogue: CATALOGUE, reports: [] };
  if (readFile === undefined) refuse('internal.bug', 'a catalogue is named where no file can be read');
  const bytes = await readFile(path);
  const { parseCatalogue } = await import('../core/catalogue/parse.ts');
  const digest = `sha256:${hash('sha256', bytes, 'hex')}`;
  return {
    catalogue: parseCatalogue(bytes, path),
    reports: [{ name: 'catalogue', digest, ageSeconds: null }],
  };
}
