import type { Ports } from '../app/requests.ts';
import { createTrustStore } from './wire-trust.ts';

const clock = (): Date => new Date();

/** Connects the use cases with the outside; the only place of the command that names adapters. */
export const createPorts = async (): Promise<Ports> => ({
  trust: createTrustStore(clock),
  now: clock,
});
