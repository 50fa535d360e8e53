import { INDEX_TYPE } from '../../core/model/oci/manifest.ts';
import { refuse } from '../../errors.ts';
import type { HttpAnswer } from '../http/index.ts';
import { objectOf, PROBE_BYTES } from './answers.ts';

/** Asks one registry for one repository, with what it wants to be told. */
export type AskRegistry = (
  path: string,
  options: {
    readonly maxBytes: number;
    readonly accept?: readonly number[];
    readonly headers?: Readonly<Record<string, string>>;
    readonly maxRedirects?: number;
  },
) => Promise<HttpAnswer>;

const NOTHING = `sha256:${'0'.repeat(64)}`;
const REDIRECTS = 3;

/**
 * Whether a registry answers (`/v2/`), takes who asks, gives the repository (`tags/list`), and has the referrers API.
 *
 * @throws SlsaGateError `source.unauthorized`, `source.http-status`, `source.*`, `limit.*`, `registry.realm-refused`,
 * `credential.unusable`
 */
export async function probeRegistry(
  ask: AskRegistry,
  { registry, repository }: { readonly registry: string; readonly repository: string },
): Promise<{ readonly hasReferrers: boolean }> {
  const common = { maxBytes: PROBE_BYTES, maxRedirects: REDIRECTS };
  const root = await ask('/v2/', { ...common, accept: [404] });
  if (root.status === 404)
    refuse('source.http-status', `${registry} is no registry of images: it has no /v2/`, {
      hint: 'Compare host and port with the address that images are pushed to.',
    });
  const tags = await ask(`/v2/${repository}/tags/list?n=1`, {
    ...common,
    headers: { accept: 'application/json' },
    accept: [404],
  });
  if (tags.status === 404)
    refuse(
      'source.http-status',
      `there is no repository ${registry}/${repository}, or it is not shown to whom we ask as`,
      {
        hint: 'Compare its name with the registry; whoever asks needs the permission to pull from it.',
      },
    );
  objectOf(tags);
  const referrers = await ask(`/v2/${repository}/referrers/${NOTHING}`, {
    ...common,
    headers: { accept: INDEX_TYPE },
    accept: [400, 404, 405, 501],
  });
  const isIndex = (referrers.headers['content-type'] ?? '').startsWith(INDEX_TYPE);
  return { hasReferrers: referrers.status === 200 && isIndex };
}
