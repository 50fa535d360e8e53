import { refuse } from '../../../errors.ts';
import { type OciDigest, parseOciDigest } from './descriptor.ts';

/** An image in a registry. */
export interface OciReference {
  /** `host` or `host:port` as written, lower case; Docker Hub is `docker.io`. */
  readonly registry: string;
  /** `owner/app`, lower case. */
  readonly repository: string;
  /** Undefined where a digest alone is named. With a digest beside it, it is decoration. */
  readonly tag: string | undefined;
  readonly digest: OciDigest | undefined;
}

const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
/** A host that cannot be the first folder of a path: it has a dot, a port, or is `localhost`; IPv6 in brackets. */
const HOST = new RegExp(
  `^(?:\\[[0-9A-Fa-f:]+\\](?::[0-9]{1,5})?|${LABEL}(?:\\.${LABEL})+(?::[0-9]{1,5})?|${LABEL}:[0-9]{1,5}|localhost)$`,
);
const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const REPOSITORY = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const MAX_NAME = 255;

/**
 * Whether a text is written as an image in a registry and not as a path: `host/repository` with a tag or a digest, where
 * the host shows as such. `./host.example/app:1` is a path.
 */
export function looksLikeOciReference(text: string): boolean {
  const slash = text.indexOf('/');
  if (slash <= 0 || !HOST.test(text.slice(0, slash))) return false;
  const rest = text.slice(slash + 1);
  return rest.includes('@') || rest.slice(rest.lastIndexOf('/') + 1).includes(':');
}

const bad = (text: string, why: string): never =>
  refuse('usage.artifact', `not a reference of an image: ${why}`, {
    expected: 'registry/repository:tag or registry/repository@sha256:<hex>',
    actual: text,
  });

/**
 * Parses the reference of an image (distribution specification, "Pulling manifests"; the grammar of
 * `distribution/reference`): registry, repository, and a tag, a digest or both.
 *
 * ```ts
 * parseOciReference('ghcr.io/owner/app:1.2'); // { registry: 'ghcr.io', repository: 'owner/app', tag: '1.2', digest: undefined }
 * ```
 *
 * @throws SlsaGateError `usage.artifact`
 */
export function parseOciReference(text: string): OciReference {
  const [beforeDigest = '', digestText, ...more] = text.split('@');
  if (more.length > 0) bad(text, 'more than one @');
  const digest = digestText === undefined ? undefined : digestOf(text, digestText);
  const slash = beforeDigest.indexOf('/');
  const host = beforeDigest.slice(0, Math.max(slash, 0));
  if (!HOST.test(host)) bad(text, 'it names no registry');
  const path = beforeDigest.slice(slash + 1);
  const colon = path.lastIndexOf(':');
  const name = colon === -1 ? path : path.slice(0, colon);
  const tag = colon === -1 ? undefined : path.slice(colon + 1);
  if (tag !== undefined && !TAG.test(tag)) bad(text, 'the tag has a character that tags have not');
  if (!REPOSITORY.test(name)) bad(text, 'the repository has a character that repositories have not');
  if (tag === undefined && digest === undefined) bad(text, 'neither tag nor digest');
  const port = Number(/:([0-9]{1,5})$/.exec(host)?.[1] ?? '1');
  if (port < 1 || port > 65_535) bad(text, 'no such port');
  const registry = dockerHub(host.toLowerCase());
  const repository = registry === 'docker.io' && !name.includes('/') ? `library/${name}` : name;
  if (registry.length + repository.length > MAX_NAME) bad(text, 'the name is too long');
  return { registry, repository, tag, digest };
}

function digestOf(text: string, digest: string): OciDigest {
  try {
    return parseOciDigest(digest, 'digest');
  } catch {
    return bad(text, 'the digest is not sha256 or sha512 with lower-case hex digits in full length');
  }
}

const dockerHub = (host: string): string => (host === 'index.docker.io' ? 'docker.io' : host);

/** `registry/repository@sha256:<hex>`: the same content for whoever reads it, whenever. */
export const pinnedReference = (
  { registry, repository }: Pick<OciReference, 'registry' | 'repository'>,
  digest: OciDigest,
): string => `${registry}/${repository}@${digest.text}`;
