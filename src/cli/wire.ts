import type { Ports } from '../app/requests.ts';
import { refuse } from '../errors.ts';

/** Connects the use cases with the outside; the only place of the command that names adapters. */
export const createPorts = async (): Promise<Ports> => ({
  trust: {
    load: async (name) => refuse('usage.unsupported', `trust roots are not connected: ${name}`),
    update: async (name) => refuse('usage.unsupported', `trust roots are not connected: ${name}`),
  },
  now: () => new Date(),
});
