import type { SignedBundle } from '../../test/kit/bundle.ts';
import { sha256 } from '../../test/kit/keys.ts';
import { ARTIFACT, SIGNED_AT } from '../../test/kit/sigstore.ts';

/** Cases of one preset as data; write.ts makes folders of them. */

/** An attestation: one of the kit, its JSON, or a file of the project by its path from the root. */
export type Attestation = SignedBundle | { readonly json: unknown } | { readonly project: string };

export interface FixtureCase {
  /** Behaviour; the name of the folder. */
  readonly name: string;
  readonly description?: string;
  readonly artifact?: {
    readonly package?: string;
    /** A file of the project. */
    readonly project?: string;
    readonly bytes?: Buffer;
    readonly digest?: string;
  };
  readonly environment?: string;
  readonly attestations?: readonly Attestation[];
  readonly sources?: readonly {
    readonly name: string;
    readonly answer: 'complete' | 'partial' | 'absent' | 'failed';
    readonly attestations?: readonly Attestation[];
  }[];
  /** When the root of the kit was known to be current; at the time of the decision by default. */
  readonly currentAt?: string;
  /** Under the root and catalogue of the package, not those of the kit. */
  readonly isReal?: boolean;
  readonly now?: string;
  readonly evidence?: Readonly<Record<string, unknown>>;
  readonly expect: {
    readonly verdict: 'allow' | 'deny' | 'indeterminate' | 'refused';
    readonly codes?: readonly string[];
    readonly level?: number;
  };
}

export interface FixtureSet {
  /** Name of the preset. */
  readonly preset: string;
  /** Purl of the artifact where a case names none. */
  readonly package: string;
  readonly environment: string;
  /** Files beside the cases, by name. */
  readonly files: Readonly<Record<string, string>>;
  /** What is the same in all cases that are not real: keys, roots, catalogue. */
  readonly trust: Readonly<Record<string, unknown>>;
  readonly cases: readonly FixtureCase[];
}

export const DIGEST = `sha256:${sha256(ARTIFACT).toString('hex')}`;
export const NOW = new Date(SIGNED_AT.getTime() + 3_600_000).toISOString().replace('.000Z', 'Z');

export const allows = (name: string, level: number, changes: Partial<FixtureCase>): FixtureCase => ({
  name: `allows-${name}`,
  ...changes,
  expect: { verdict: 'allow', level },
});

export const denies = (
  name: string,
  codes: string | readonly string[],
  changes: Partial<FixtureCase>,
): FixtureCase => ({
  name: `denies-${name}`,
  ...changes,
  expect: { verdict: 'deny', codes: [codes].flat() },
});
