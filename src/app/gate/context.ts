import type { CheckContext } from '../../core/attestation/check.ts';
import { CATALOGUE } from '../../core/catalogue/builders.ts';
import { parseCatalogue } from '../../core/catalogue/parse.ts';
import { parseCloudBuildKeys } from '../../core/gcb/index.ts';
import { parsePurl } from '../../core/model/purl.ts';
import { keysOf, type Requirements } from '../../core/policy/requirements.ts';
import type { PolicyPackage } from '../../core/policy/schema.ts';
import { parseNpmKeys } from '../../core/verify/npm-keys.ts';
import { verifyPrehash } from '../../core/verify/prehash.ts';
import type { TrustedRoot } from '../../core/verify/trusted-root.ts';
import { verifyBundle } from '../../core/verify/verify-bundle.ts';
import { toTrustedRoot } from '../known-roots.ts';
import { fromWitnessFacts } from '../sources/check-logs.ts';
import { subjectSides } from '../sources/subject-sides.ts';
import type { GateMaterial } from './material.ts';

/** Keys of Cloud Build are named `cloud-build:<region>`. */
const CLOUD_BUILD = 'cloud-build:';

/** What the layer of one entry of the policy is about. */
export function layerContext(
  { artifact, resourceUri, verifierId, facts }: GateMaterial,
  requirements: Requirements,
  entry: PolicyPackage,
) {
  const purl = parsePurl(artifact.package);
  const npmPackage =
    purl?.type === 'npm'
      ? { name: purl.name, ...(purl.version === undefined ? {} : { version: purl.version }) }
      : undefined;
  return {
    artifact: {
      subject: {
        kind: 'artifact',
        digests: artifact.digests,
        ...subjectSides(facts, artifact.digests, { mayRelyOnIndex: entry.viaIndex === true }),
      },
      ...(artifact.fileName === null ? {} : { fileName: artifact.fileName }),
      ...(npmPackage === undefined ? {} : { npmPackage }),
    },
    resourceUri,
    level: requirements.level,
    minBundleVersion: requirements.minBundleVersion,
    ownVerifierId: verifierId,
  } as const;
}

/** @throws SlsaGateError for a catalogue, root or key that cannot be used */
export async function toContext(material: GateMaterial, requirements: Requirements): Promise<CheckContext> {
  const { policy, keys, catalogue } = material;
  const npm = keys.get('npm');
  const logWitnesses = fromWitnessFacts(material.facts);
  const cloudBuild = new Map(
    [...keys].flatMap(([name, bytes]) =>
      name.startsWith(CLOUD_BUILD) ? [[name.slice(CLOUD_BUILD.length), bytes]] : [],
    ),
  );
  return {
    verifyBundle:
      requirements.verifier === 'strict'
        ? verifyBundle
        : (await import('../../core/verify/second-opinion.ts')).verifyBoth,
    trust: {
      roots: rootsOf(material, requirements.trustedRoots),
      keys: keysOf(policy.policy),
    },
    npmKeys: npm === undefined ? [] : parseNpmKeys(npm),
    cloudBuildKeys: cloudBuild.size === 0 ? new Map() : parseCloudBuildKeys(cloudBuild),
    thresholds: { atLeast: requirements.thresholds, unsafeDrop: [] },
    verifyPrehash,
    nowMs: material.now.getTime(),
    logged: material.logged,
    ...(logWitnesses === undefined ? {} : { logWitnesses }),
    catalogue: catalogue === null ? CATALOGUE : parseCatalogue(catalogue.bytes, catalogue.fileName),
  };
}

const rootsOf = ({ roots }: GateMaterial, names: readonly string[]): readonly TrustedRoot[] =>
  roots.filter(({ name }) => names.includes(name)).map(({ bytes, name }) => toTrustedRoot(bytes, name));

/** What speaks against the artifact is heard without what an environment demands of those that speak for it. */
export const toWidest = (
  context: CheckContext,
  material: GateMaterial,
  requirements: Requirements,
): CheckContext => ({
  ...context,
  verifyBundle,
  trust: { ...context.trust, roots: rootsOf(material, requirements.heardRoots) },
  thresholds: { atLeast: {}, unsafeDrop: [] },
});
