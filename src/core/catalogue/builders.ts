import builders from '../../../catalogue/builders.json' with { type: 'json' };
import type { Catalogue } from './catalogue.ts';

/** The built-in catalogue. A test reads the file as strictly as one of the user, so that no start has to. */
export const CATALOGUE = builders as Catalogue;

/** The same as a file: a record keeps what it was decided by, since a later version has other rows. */
export const catalogueFile = (): { readonly fileName: string; readonly bytes: Buffer } => ({
  fileName: 'builders.json',
  bytes: Buffer.from(JSON.stringify(builders)),
});
