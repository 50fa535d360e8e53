import type { FoundAttestation } from '../core/attestation/parse.ts';
import { type CloudBuildKeys, parseCloudBuildKeys } from '../core/gcb/index.ts';
import type { TrustReport } from '../core/model/result.ts';
import { DEFAULT_ROOTS, namedRoots } from '../core/model/trusted-root-names.ts';
import { parseNpmKeys } from '../core/verify/npm-keys.ts';
import { parsePublicKeyPem } from '../core/verify/public-key.ts';
import type { ThresholdOptions, Thresholds } from '../core/verify/thresholds.ts';
import type { TrustedRoot, Window } from '../core/verify/trusted-root.ts';
import type { TrustedKey, TrustMaterial } from '../core/verify/verify-bundle.ts';
import { refuse, SlsaGateError } from '../errors.ts';
import { toTrustedRoot } from './known-roots.ts';
import type {
  KeyInput,
  ThresholdInput,
  VerificationInput,
  VerificationPorts,
  WeakeningInput,
} from './requests.ts';
import { assertTrustAge, trustAgeSeconds } from './trust-age.ts';

/** What is trusted in one run, and how it is reported. */
export interface LoadedTrust {
  readonly material: TrustMaterial;
  readonly npmKeys: readonly TrustedKey[];
  readonly cloudBuildKeys: CloudBuildKeys;
  readonly thresholds: ThresholdOptions;
  /** Flags that lowered a threshold. */
  readonly weakened: string | undefined;
  readonly reports: readonly TrustReport[];
}

/** Whether an attestation is signed by a bare key that might be npm's. */
export const namesKey = ({ parsed }: FoundAttestation): boolean =>
  !(parsed instanceof SlsaGateError) &&
  parsed.kind === 'bundle' &&
  (parsed.npmPublish !== undefined || parsed.bundle.verificationKey.kind === 'public-key');

export const isCloudBuild = ({ parsed }: FoundAttestation): boolean =>
  !(parsed instanceof SlsaGateError) && parsed.kind === 'cloud-build';

/**
 * Loads roots and keys once per run; keys of npm and Cloud Build only when something in `found` asks for them.
 *
 * @throws SlsaGateError `trust.*`, `path.*`, `key.malformed`, `signature.algorithm`
 */
export async function loadTrust(
  request: VerificationInput,
  key: KeyInput | undefined,
  found: readonly FoundAttestation[],
  ports: VerificationPorts,
  now: Date,
): Promise<LoadedTrust> {
  const roots: TrustedRoot[] = [];
  const reports: TrustReport[] = [];
  for (const name of namedRoots(request.trustedRoots, DEFAULT_ROOTS)) {
    for (const found of await ports.trust.open(name)) {
      assertTrustAge(found, request.maxTrustAgeSeconds, now);
      const root = toTrustedRoot(found.bytes, found.name);
      roots.push(root);
      reports.push({ name: found.name, digest: root.digest, ageSeconds: trustAgeSeconds(found, now) });
    }
  }
  return {
    material: { roots, keys: key === undefined ? [] : [await loadKey(key, ports)] },
    npmKeys: found.some(namesKey) ? parseNpmKeys(await ports.keys.npm()) : [],
    cloudBuildKeys: found.some(isCloudBuild) ? parseCloudBuildKeys(await ports.keys.cloudBuild()) : new Map(),
    thresholds: toThresholds(request.thresholds, request.weakening),
    weakened: weakenedBy(request.weakening),
    reports,
  };
}

async function loadKey(input: KeyInput, ports: VerificationPorts): Promise<TrustedKey> {
  const pem = Buffer.from(await ports.keys.readKey(input.path)).toString('latin1');
  const key = parsePublicKeyPem(pem, 'key.malformed');
  return { id: input.id, key, window: toWindow(input) };
}

function toWindow({ notBefore, notAfter }: KeyInput): Window | undefined {
  if (notBefore === undefined && notAfter === undefined) return undefined;
  return {
    start: notBefore === undefined ? Number.NEGATIVE_INFINITY : toInstant('--key-not-before', notBefore),
    end: notAfter === undefined ? Number.POSITIVE_INFINITY : toInstant('--key-not-after', notAfter),
  };
}

/** Callers of the library may hand over any text; one that is no time must not become a window without ends. */
function toInstant(flag: string, text: string): number {
  const instant = Date.parse(text);
  return Number.isNaN(instant)
    ? refuse('usage.flag', `${flag} is no RFC 3339 time: ${text}`, { actual: text })
    : instant;
}

const DROPS = [
  ['withoutTlogUnsafe', 'log', '--unsafe-no-tlog'],
  ['withoutSctUnsafe', 'sct', '--unsafe-no-sct'],
  ['withoutTimestampUnsafe', 'tsa', '--unsafe-no-timestamp'],
  ['withoutTimestampUnsafe', 'time', '--unsafe-no-timestamp'],
] as const satisfies readonly (readonly [keyof WeakeningInput, keyof Thresholds, string])[];

function toThresholds({ tlog, ...rest }: ThresholdInput, weakening: WeakeningInput): ThresholdOptions {
  const atLeast = tlog === undefined ? rest : { ...rest, log: tlog };
  return { atLeast, unsafeDrop: DROPS.filter(([flag]) => weakening[flag]).map(([, threshold]) => threshold) };
}

function weakenedBy(weakening: WeakeningInput): string | undefined {
  const flags = new Set(DROPS.filter(([flag]) => weakening[flag]).map(([, , name]) => name));
  return flags.size === 0 ? undefined : [...flags].join(' ');
}
