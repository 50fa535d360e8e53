import { bundleFromJSON } from '@sigstore/bundle';
import { TrustedRoot as ProtobufTrustedRoot } from '@sigstore/protobuf-specs';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import { parseBundle } from '../../src/core/model/bundle.ts';
import { verifyBoth } from '../../src/core/verify/second-opinion.ts';
import type { TrustedRoot } from '../../src/core/verify/trusted-root.ts';
import { interleave, ratios, spreadOf } from '../measure.ts';
import type { Figure } from '../report.ts';
import { type BenchBundle, requestFor } from './bundles.ts';

/** `@sigstore/verify` as its documentation uses it: the root read once, each bundle from its bytes. */
function stockVerifier(root: TrustedRoot, rootBytes: Buffer): Verifier {
  const json: unknown = JSON.parse(rootBytes.toString('utf8'));
  const { log, sct, tsa, time } = root.thresholds;
  return new Verifier(toTrustMaterial(ProtobufTrustedRoot.fromJSON(json)), {
    tlogThreshold: log,
    ctlogThreshold: sct,
    timestampThreshold: Math.max(tsa, time),
  });
}

export interface BothFigures {
  readonly figures: readonly Figure[];
  readonly notes: readonly string[];
}

/** Our two verifiers together beside the library alone, on the same bytes. */
export function measureBoth(bundles: readonly BenchBundle[]): BothFigures {
  const verifiers = new Map<TrustedRoot, Verifier>();
  const stockOnce = ({ bytes, root, rootBytes, artifact }: BenchBundle): void => {
    let verifier = verifiers.get(root);
    if (verifier === undefined) {
      verifier = stockVerifier(root, rootBytes);
      verifiers.set(root, verifier);
    }
    const bundle = bundleFromJSON(JSON.parse(bytes.toString('utf8')));
    verifier.verify(toSignedEntity(bundle, artifact?.bytes && Buffer.from(artifact.bytes)));
  };
  const bothOnce = (bundle: BenchBundle): void => {
    verifyBoth(requestFor(parseBundle(bundle.bytes), bundle));
  };
  // What the library cannot read alone is no baseline.
  const readable = bundles.filter((bundle) => accepts(() => stockOnce(bundle)));
  const micros = interleave(
    {
      stock: (item) => stockOnce(readable[item] as BenchBundle),
      both: (item) => bothOnce(readable[item] as BenchBundle),
    },
    { items: readable.length, rounds: 15, warmUpRounds: 4 },
  );
  const perBundle = (name: string, values: readonly number[]): Figure => {
    const { median, ...spread } = spreadOf(values);
    return { name, value: median, unit: 'µs', spread };
  };
  const { median, ...spread } = spreadOf(ratios(micros.stock, micros.both));
  return {
    figures: [
      perBundle('stockCpuPerBundle', micros.stock),
      perBundle('bothCpuPerBundle', micros.both),
      {
        name: 'bothShareOfStock',
        value: median,
        unit: 'ratio',
        spread,
        wanted: { atLeast: 0.9 },
      },
    ],
    notes: [`Both verifiers on ${readable.length} of them: those that the library alone accepts.`],
  };
}

function accepts(verify: () => void): boolean {
  try {
    verify();
    return true;
  } catch {
    return false;
  }
}
