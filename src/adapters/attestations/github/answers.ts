import * as z from 'zod/mini';
import { lazy } from '../../../core/model/lazy.ts';

/** One attestation of a list: where its bundle lies, or the bundle itself. */
export interface Entry {
  readonly bundle?: Readonly<Record<string, unknown>> | null | undefined;
  readonly bundle_url?: string | null | undefined;
  readonly repository_id?: number | null | undefined;
}

const EntrySchema = lazy(() =>
  z.object({
    bundle: z.optional(z.nullable(z.record(z.string(), z.unknown()))),
    bundle_url: z.optional(z.nullable(z.string().check(z.maxLength(8_192)))),
    repository_id: z.optional(z.nullable(z.int())),
  }),
);

/** `GET .../attestations/{subject_digest}`; a list that is null is none that GitHub documents. */
export const AttestationList = lazy(() => z.object({ attestations: z.array(EntrySchema()) }));

const Lists = lazy(() => z.record(z.string(), z.nullable(z.array(EntrySchema()))));

/** `POST .../attestations/bulk-list`; documented as a map of lists, and shown as a list of such maps. */
export const BulkList = lazy(() =>
  z.object({
    attestations_subject_digests: z.union([Lists(), z.array(Lists())]),
    page_info: z.optional(
      z.nullable(z.object({ has_next: z.optional(z.boolean()), next: z.optional(z.nullable(z.string())) })),
    ),
  }),
);

/** `GET /repos/{owner}/{repo}` */
export const Repository = lazy(() =>
  z.object({
    id: z.int(),
    full_name: z.string(),
    private: z.boolean(),
    owner: z.object({ type: z.string() }),
  }),
);

/** `GET /users/{username}`, which answers for organisations too. */
export const Account = lazy(() => z.object({ login: z.string(), type: z.string() }));

/** `GET /repos/{owner}/{repo}/releases/tags/{tag}` */
export const Release = lazy(() => z.object({ id: z.int(), tag_name: z.string() }));

/** A file of a release. */
export interface Asset {
  readonly id: number;
  readonly name: string;
  readonly state: string;
  readonly size: number;
  readonly digest?: string | null | undefined;
}

/** `GET /repos/{owner}/{repo}/releases/{release_id}/assets` */
export const AssetList = lazy(() =>
  z.array(
    z.object({
      id: z.int(),
      name: z.string(),
      state: z.string(),
      size: z.int().check(z.minimum(0)),
      digest: z.optional(z.nullable(z.string())),
    }),
  ),
);
