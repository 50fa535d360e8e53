import * as z from 'zod/mini';
import { CODES } from '../../codes.ts';
import { attempt, refuse } from '../../errors.ts';
import { LIMITS } from '../limits.ts';
import type { Finding } from '../model/finding.ts';
import { parseJson } from '../model/json.ts';
import { lazy } from '../model/lazy.ts';

/** What a registry says of one version. Nobody signed it. */
export interface PublishedVersion {
  readonly version: string;
  /** When the registry took it; RFC 3339, UTC. */
  readonly publishedAt: string;
  /** The registry lists SLSA provenance for it. */
  readonly hasProvenance: boolean;
}

/** What a registry says of a package: the version in question, and those that it took before. */
export interface PackageHistory {
  /** `@scope/name` or `name`. */
  readonly package: string;
  /** The version in question; one of `versions`. */
  readonly version: string;
  readonly versions: readonly PublishedVersion[];
}

const TIME = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?Z$/;

const History = lazy(() =>
  z.strictObject({
    package: z.string(),
    version: z.string(),
    versions: z.array(
      z.strictObject({
        version: z.string(),
        publishedAt: z.string().check(z.refine((text) => TIME.test(text) && !Number.isNaN(Date.parse(text)))),
        hasProvenance: z.boolean(),
      }),
    ),
  }),
);

/**
 * Reads a history as it was kept for a decision.
 *
 * ```json
 * {"package":"widget","version":"1.1.0","versions":[{"hasProvenance":true,"publishedAt":"2026-01-01T00:00:00.000Z","version":"1.0.0"}, …]}
 * ```
 *
 * @throws SlsaGateError `source.malformed-response`
 */
export function parsePackageHistory(bytes: Uint8Array): PackageHistory {
  const json = attempt(() => parseJson(bytes, 'history of the package', LIMITS.packageListBytes));
  const parsed = 'error' in json ? undefined : History().safeParse(json.value);
  if (parsed?.success !== true) {
    refuse('source.malformed-response', 'the history of the package cannot be read', {
      cause: 'error' in json ? json.error : parsed?.error,
    });
  }
  const { versions, version } = parsed.data;
  const names = new Set(versions.map((one) => one.version));
  if (names.size !== versions.length || !names.has(version)) {
    refuse('source.malformed-response', 'the history of the package does not list the version once', {
      actual: version,
    });
  }
  return parsed.data;
}

const SHOWN = 3;

/**
 * A version has provenance if one that was published before it has. A version without any is denied in any case; this
 * says that there is more to it than a publisher who never attested, and holds also where an attestation from elsewhere
 * passes. By the order of publishing, not of numbers: a stolen token can publish under any number.
 *
 * @param history undefined where the registry could not be read
 */
export function checkNoDowngrade(history: PackageHistory | undefined): Finding {
  const base = {
    rule: 'no-downgrade',
    required: true,
    expected: 'provenance, as earlier versions have it',
    evidence: [],
    spec: 'slsa-gate policy, no-downgrade',
  } as const;
  if (history === undefined) {
    return { ...base, ...told('source.unavailable'), outcome: 'error', actual: 'versions not known' };
  }
  const own = history.versions.find(({ version }) => version === history.version);
  if (own === undefined) throw new TypeError('a history without its own version');
  const ownTime = Date.parse(own.publishedAt);
  const before = history.versions.filter(
    (other) => other !== own && other.hasProvenance && Date.parse(other.publishedAt) <= ownTime,
  );
  if (own.hasProvenance || before.length === 0) {
    const actual = own.hasProvenance ? 'provenance' : 'no earlier version has any';
    return { ...base, code: 'ok', outcome: 'pass', actual, message: CODES.ok.title };
  }
  const latest = before.toSorted((a, b) => Date.parse(b.publishedAt) - Date.parse(a.publishedAt));
  const names = latest.slice(0, SHOWN).map(({ version }) => version.slice(0, 64));
  const rest = before.length > SHOWN ? ` and ${before.length - SHOWN} more` : '';
  return {
    ...base,
    ...told('npm.provenance-lost'),
    outcome: 'fail',
    actual: `none; ${names.join(', ')}${rest} had it`,
  };
}

const told = (code: 'source.unavailable' | 'npm.provenance-lost') => ({
  code,
  message: CODES[code].title,
  hint: CODES[code].hint,
});
