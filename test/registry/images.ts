import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SignedBundle } from '../kit/bundle.ts';
import { sigstore } from '../kit/gate.ts';
import { createLayout, type DescriptorJson, type LayoutKit, OCI, toCosignLayer } from '../kit/oci-layout.ts';
import { PREDICATE, statement } from '../kit/statement.ts';
import { attestationTag } from '../stack/push.ts';

/** An image with one small layer, or an index of two such. */
export type ImageKind = 'image' | 'index';

/** How an attestation lies in a registry: a bundle that refers to the image, or cosign's older tag. */
export type Form = 'referrer' | 'att';

/** What lies beside an image, by what is right or wrong with it. */
export type Beside =
  | 'good'
  /** Good, of another image, attached to this one. */
  | 'wrong-subject'
  /** Good, signed by the workflow of a stranger's repository. */
  | 'wrong-signer'
  /** A stranger's first, then the good one. */
  | 'decoy-first'
  /** A statement that nobody signed. */
  | 'unsigned'
  | 'withheld';

export const TAG = 'v1.2.3';

/** An OCI layout on disk with an image that no other test has. */
export interface MadeImage {
  readonly directory: string;
  readonly digest: string;
  /** Manifest or index, whose hash that is. */
  readonly bytes: Buffer;
  /** Digests of the platforms of an index. */
  readonly platforms: readonly string[];
  /** SHA-256 of what is attached as attestation, in the order in which it was attached. */
  readonly attached: readonly string[];
  remove(): void;
}

const subjectOf = (digest: string) => [{ name: 'widget', digest: { sha256: digest.replace('sha256:', '') } }];
const EVIL = { repository: 'evil-org/widget', repositoryId: '666', repositoryOwnerId: '667' };

const signedFor = (digest: string): SignedBundle => sigstore.signStatement({ subject: subjectOf(digest) });

function bundlesOf(beside: Beside, digest: string): readonly SignedBundle[] {
  const stranger = (): SignedBundle => sigstore.signStatement({ subject: subjectOf(digest), run: EVIL });
  switch (beside) {
    case 'good':
      return [signedFor(digest)];
    case 'wrong-subject':
      return [signedFor(`sha256:${randomBytes(32).toString('hex')}`)];
    case 'wrong-signer':
      return [stranger()];
    case 'decoy-first':
      return [stranger(), signedFor(digest)];
    case 'unsigned':
    case 'withheld':
      return [];
  }
}

function makePlatform(kit: LayoutKit, architecture: string): DescriptorJson {
  const layer = kit.blob(randomBytes(64), OCI.layer);
  const config = kit.blob({ architecture, os: 'linux', author: randomBytes(8).toString('hex') }, OCI.config);
  return { ...kit.image('', { config, layers: [layer] }), platform: { os: 'linux', architecture } };
}

/** The layers that attest: bundles, or envelopes with what cosign says of them in annotations. */
function layersOf(kit: LayoutKit, form: Form, beside: Beside, digest: string): readonly DescriptorJson[] {
  if (beside === 'unsigned') {
    const body = statement(PREDICATE.slsaV1, {}, subjectOf(digest));
    return [kit.blob(body, form === 'att' ? OCI.envelope : OCI.statement)];
  }
  const chain = sigstore.ca.chain.map(({ certificate }) => certificate);
  return bundlesOf(beside, digest).map((signed) => {
    if (form === 'referrer') return kit.blob(signed.text(), OCI.bundle);
    const { envelope, annotations } = toCosignLayer(signed, chain);
    return kit.blob(envelope, OCI.envelope, { annotations });
  });
}

export function makeImage(kind: ImageKind, beside: Beside, form: Form = 'referrer'): MadeImage {
  const kit = createLayout();
  const platforms = kind === 'image' ? [] : ['amd64', 'arm64'].map((one) => makePlatform(kit, one));
  const image = kind === 'image' ? makePlatform(kit, 'amd64') : kit.imageIndex(platforms);
  kit.list(image, { 'org.opencontainers.image.ref.name': TAG });
  const layers = layersOf(kit, form, beside, image.digest);
  if (form === 'referrer') {
    for (const layer of layers) kit.list(kit.attesting([layer], image, { artifactType: layer.mediaType }));
  } else if (layers.length > 0) {
    kit.list(kit.attesting(layers), {
      'org.opencontainers.image.ref.name': attestationTag(image.digest),
    });
  }
  const directory = mkdtempSync(join(tmpdir(), 'slsa-gate-image-'));
  kit.write(directory);
  return {
    directory,
    digest: image.digest,
    bytes: readFileSync(join(directory, 'blobs', ...image.digest.split(':'))),
    platforms: platforms.map(({ digest }) => digest),
    attached: layers.map(({ digest }) => digest.replace('sha256:', '')),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
