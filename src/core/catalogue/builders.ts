import builders from '../../../catalogue/builders.json' with { type: 'json' };
import type { Catalogue } from './catalogue.ts';

/** The built-in catalogue. A test reads the file as strictly as one of the user, so that no start has to. */
export const CATALOGUE = builders as Catalogue;
