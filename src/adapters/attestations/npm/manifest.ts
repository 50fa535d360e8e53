import * as z from 'zod/mini';
import { isJsonObject, type Json } from '../../../core/model/json.ts';
import { lazy } from '../../../core/model/lazy.ts';
import { isProvenanceType } from '../../../core/model/provenance.ts';
import { refuse } from '../../../errors.ts';
import type { NpmVersion } from './reference.ts';

/** What the registry says of one version, as far as it is needed. Nobody signed it. */
export interface NpmManifest {
  readonly tarball: string;
  /** Subresource Integrity: one or several digests. */
  readonly integrity: string | undefined;
  /** Attestations that the registry promises; undefined: it promises none. */
  readonly attestations: { readonly url: string | undefined; readonly hasProvenance: boolean } | undefined;
  /**
   * It says what npm's registry says of every version since 2022: its own signatures. Mirrors that leave those out leave
   * attestations out too, so their silence says nothing.
   */
  readonly isWhole: boolean;
}

const Manifest = lazy(() =>
  z.looseObject({
    name: z.string(),
    version: z.string(),
    dist: z.looseObject({
      tarball: z.string(),
      integrity: z.optional(z.nullable(z.string())),
      signatures: z.optional(z.unknown()),
      attestations: z.optional(
        z.looseObject({
          url: z.optional(z.string()),
          provenance: z.optional(z.looseObject({ predicateType: z.string() })),
        }),
      ),
    }),
  }),
);

/** @throws SlsaGateError `source.malformed-response`, also where it is the manifest of another package or version */
export function toManifest(json: Json, { name, version }: Pick<NpmVersion, 'name' | 'version'>): NpmManifest {
  const parsed = Manifest().safeParse(json);
  if (!parsed.success) {
    refuse('source.malformed-response', `what the registry says of ${name}@${version} has another form`, {
      actual: parsed.error.issues[0]?.path.join('.') ?? '',
    });
  }
  const { dist } = parsed.data;
  if (parsed.data.name !== name || parsed.data.version !== version) {
    refuse(
      'source.malformed-response',
      `the registry answered about another package than ${name}@${version}`,
      {
        expected: `${name}@${version}`,
        actual: `${parsed.data.name}@${parsed.data.version}`.slice(0, 200),
      },
    );
  }
  return {
    tarball: dist.tarball,
    integrity: dist.integrity ?? undefined,
    isWhole:
      dist.attestations !== undefined || (Array.isArray(dist.signatures) && dist.signatures.length > 0),
    attestations:
      dist.attestations === undefined
        ? undefined
        : {
            url: dist.attestations.url,
            hasProvenance: isProvenanceType(dist.attestations.provenance?.predicateType ?? ''),
          },
  };
}

/**
 * One version out of a packument; undefined when the package has no such version.
 *
 * @throws SlsaGateError `source.malformed-response`
 */
export function manifestIn(packument: Json, wanted: NpmVersion): Json | undefined {
  const versions = versionsOf(packument, wanted);
  return Object.hasOwn(versions, wanted.version) ? versions[wanted.version] : undefined;
}

/** @throws SlsaGateError `source.malformed-response` */
export function versionsOf(packument: Json, { name }: NpmVersion): Readonly<Record<string, Json>> {
  if (!isJsonObject(packument) || packument.name !== name || !isJsonObject(packument.versions)) {
    refuse('source.malformed-response', `what the registry says of ${name} has another form`);
  }
  return packument.versions;
}
