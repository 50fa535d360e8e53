import { parseAttestations } from '../../core/attestation/parse.ts';
import { encodeClock } from '../../core/clock.ts';
import { CLOCK_FACT } from '../../core/model/fact.ts';
import type { Exchange } from '../../core/source-ports.ts';
import { attempt } from '../../errors.ts';
import { toTrustedRoot } from '../known-roots.ts';
import { readLogs, toWitnessFacts } from '../sources/check-logs.ts';
import type { GateMaterial } from './material.ts';
import type { GatePorts } from './requests.ts';

/** What there is to decide on, and what it took to read it. */
export interface MaterialWithLogs {
  readonly material: GateMaterial;
  readonly exchanges: readonly Exchange[];
}

/**
 * What the logs have now becomes a fact, so that the answer can be given again from the record.
 *
 * @throws SlsaGateError for usage
 */
export async function withLogs(
  material: GateMaterial,
  { openSources }: Pick<GatePorts, 'openSources'>,
): Promise<MaterialWithLogs> {
  const parsing = attempt(() =>
    parseAttestations(material.sources.flatMap(({ attestations }) => attestations)),
  );
  // Too much to be read is told when it is decided.
  if ('error' in parsing) return { material, exchanges: [] };
  const roots = material.roots.map(({ bytes, name }) => toTrustedRoot(bytes, name));
  const { witnesses, clocks, exchanges } = await readLogs(parsing.value, roots, openSources);
  const facts = [...material.facts, ...toWitnessFacts(witnesses)];
  // Logs are servers too, and where no source was asked they alone tell the time.
  const isTimed = clocks.length === 0 || facts.some(({ name }) => name === CLOCK_FACT);
  const clock = isTimed ? [] : [{ name: CLOCK_FACT, bytes: encodeClock(clocks) }];
  return { material: { ...material, facts: [...facts, ...clock] }, exchanges };
}
