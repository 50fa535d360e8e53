import canonicalize from 'canonicalize';
import * as z from 'zod/mini';
import type { Json } from '../../../core/model/json.ts';
import { lazy } from '../../../core/model/lazy.ts';
import { refuse } from '../../../errors.ts';
import { toManifest, versionsOf } from './manifest.ts';
import type { NpmVersion } from './reference.ts';

const Times = lazy(() => z.looseObject({ time: z.record(z.string(), z.unknown()) }));

/**
 * The part of a packument that the rule `no-downgrade` needs, in canonical JSON: the version, and those that were
 * published before it. Later ones are left out, so that a decision does not change when a version is published after it.
 * Versions that were taken back have a time and nothing else: what they had is not known.
 *
 * @throws SlsaGateError `source.malformed-response`, `registry.not-found`, `source.unavailable` for a mirror that leaves
 * out what the rule needs
 */
export function toHistory(packument: Json, wanted: NpmVersion): Uint8Array {
  const { name, version } = wanted;
  const parsed = Times().safeParse(packument);
  if (!parsed.success)
    refuse('source.malformed-response', `the registry does not say when versions of ${name} were published`);
  const { time } = parsed.data;
  const timeOf = (one: string): number => {
    const text = Object.hasOwn(time, one) ? time[one] : undefined;
    const at = typeof text === 'string' ? Date.parse(text) : Number.NaN;
    if (Number.isNaN(at))
      refuse(
        'source.malformed-response',
        `the registry does not say when ${name}@${one.slice(0, 64)} was published`,
      );
    return at;
  };
  const versions = versionsOf(packument, wanted);
  if (!Object.hasOwn(versions, version))
    refuse('registry.not-found', `the package has no such version: ${name}@${version}`);
  if (!toManifest(versions[version] as Json, wanted).isWhole)
    refuse('source.unavailable', `the registry leaves out which versions of ${name} have provenance`);
  const until = timeOf(version);
  const history = Object.entries(versions)
    .map(([one, manifest]) => ({ version: one, at: timeOf(one), manifest }))
    .filter(({ at }) => at <= until)
    .map(({ version: one, at, manifest }) => ({
      version: one,
      publishedAt: new Date(at).toISOString(),
      hasProvenance: toManifest(manifest, { name, version: one }).attestations?.hasProvenance ?? false,
    }))
    .sort((a, b) => compare(a.publishedAt, b.publishedAt) || compare(a.version, b.version));
  return Buffer.from(canonicalize({ package: name, version, versions: history }) ?? '');
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
