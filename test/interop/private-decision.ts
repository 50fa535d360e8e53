import { hash } from 'node:crypto';
import { CATALOGUE } from '../../src/core/catalogue/builders.ts';
import type { CollectedAttestations } from '../../src/core/ports.ts';
import { type Evaluated, evaluateWith, widgetEntry, widgetPolicy } from '../kit/gate.ts';
import type { PrivateSigstore } from '../stack/sigstore/index.ts';

/** The rows of the package, with the private instance in the place of the public one. */
export function privateCatalogue({ trustedRoot }: PrivateSigstore): Buffer {
  const chains = (trustedRoot.certificateAuthorities ?? []).map(({ certChain }) => certChain?.certificates);
  const anchors = chains.map((chain) => {
    const root = Buffer.from(chain?.at(-1)?.rawBytes ?? '', 'base64');
    return `sha256:${hash('sha256', root, 'hex')}`;
  });
  return Buffer.from(
    JSON.stringify({ ...CATALOGUE, anchors: { ...CATALOGUE.anchors, 'public-good': anchors } }),
  );
}

/** The policy of the kit for the widget, whose two verifiers must agree. */
export const privatePolicy = (builder: object = {}) => {
  const policy = widgetPolicy();
  const entry = widgetEntry();
  return {
    ...policy,
    packages: [{ ...entry, builders: entry.builders.map((one) => ({ ...one, ...builder })) }],
    environments: { production: { ...policy.environments.production, verifier: 'both' } },
  };
};

export interface PrivateDecision {
  /** Manifest or file, whose hash is attested. */
  readonly artifact: Buffer;
  readonly sources: readonly CollectedAttestations[];
  readonly policy?: unknown;
}

/** Decides now, by the policy of the kit, under the roots of a private instance. */
export function decide(
  sigstore: PrivateSigstore,
  { artifact, sources, policy = privatePolicy() }: PrivateDecision,
): Promise<Evaluated> {
  const now = new Date();
  return evaluateWith({
    artifact,
    sources,
    policy,
    now,
    material: {
      catalogue: { fileName: 'catalogue.json', bytes: privateCatalogue(sigstore) },
      roots: [
        {
          name: 'public-good',
          bytes: Buffer.from(JSON.stringify(sigstore.trustedRoot)),
          origin: 'tuf',
          currentAt: now,
        },
      ],
    },
  });
}
