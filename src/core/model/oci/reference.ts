import { refuse } from '../../../errors.ts';
import { type OciDigest, parseOciDigest } from './digest.ts';

/** A repository of a registry. */
export interface OciRepository {
  /** `host` or `host:port` as written, lower case; Docker Hub is `docker.io`. */
  readonly registry: string;
  /** `owner/app`, lower case. */
  readonly repository: string;
}

/** An image in a registry. */
export interface OciReference extends OciRepository {
  /** Undefined where a digest alone is named. With a digest beside it, it is decoration. */
  readonly tag: string | undefined;
  readonly digest: OciDigest | undefined;
}

const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
/** A host that cannot be the first folder of a path: it has a dot, a port, or is `localhost`; IPv6 in brackets. */
const HOST = new RegExp(
  `^(?:\\[[0-9A-Fa-f:]+\\](?::[0-9]{1,5})?|${LABEL}(?:\\.${LABEL})+(?::[0-9]{1,5})?|${LABEL}:[0-9]{1,5}|localhost)$`,
);
const PORT = /:([0-9]{1,5})$/;
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
    hint: 'Write registry/repository:tag or registry/repository@sha256:<64 hex digits>, in lower case.',
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
  const colon = beforeDigest.lastIndexOf(':');
  const hasTag = colon > beforeDigest.lastIndexOf('/');
  const tag = hasTag ? beforeDigest.slice(colon + 1) : undefined;
  const place = placeOf(hasTag ? beforeDigest.slice(0, colon) : beforeDigest, text);
  if (tag !== undefined && !TAG.test(tag)) bad(text, 'the tag has a character that tags have not');
  if (tag === undefined && digest === undefined) bad(text, 'neither tag nor digest');
  return { ...place, tag, digest };
}

/**
 * Parses `registry/repository` alone.
 *
 * @throws SlsaGateError `usage.artifact`
 */
export const parseOciRepository = (text: string): OciRepository => placeOf(text, text);

function placeOf(name: string, text: string): OciRepository {
  const slash = name.indexOf('/');
  const host = name.slice(0, Math.max(slash, 0));
  const path = name.slice(slash + 1);
  if (!HOST.test(host)) bad(text, 'it names no registry');
  if (!REPOSITORY.test(path)) bad(text, 'the repository has a character that repositories have not');
  const port = PORT.exec(host)?.[1];
  if (port !== undefined && (port.startsWith('0') || Number(port) > 65_535)) bad(text, 'no such port');
  const registry = dockerHub(canonicalHost(host, text));
  const repository = registry === 'docker.io' && !path.includes('/') ? `library/${path}` : path;
  if (registry.length + 1 + repository.length > MAX_NAME) bad(text, 'the name is too long');
  return { registry, repository };
}

/**
 * Lower case, IPv6 in its one short form. A URL parser reads `127.1`, `0x7f.0.0.1` and `2130706433` as an address that they
 * do not show: what would be asked another host than is written is refused.
 */
function canonicalHost(host: string, text: string): string {
  const written = host.replace(PORT, '').toLowerCase();
  const read = URL.parse(`https://${written}`)?.hostname;
  if (read === undefined || (read !== written && !written.startsWith('['))) bad(text, 'it names no registry');
  return `${read}${PORT.exec(host)?.[0] ?? ''}`;
}

function digestOf(text: string, digest: string): OciDigest {
  try {
    return parseOciDigest(digest, 'digest');
  } catch {
    return bad(text, 'the digest is not sha256 or sha512 with lower-case hex digits in full length');
  }
}

const dockerHub = (host: string): string => (host === 'index.docker.io' ? 'docker.io' : host);

/** As {@link parseOciReference} reads it. */
export const printOciReference = ({ registry, repository, tag, digest }: OciReference): string =>
  `${registry}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest.text}`}`;

/** `registry/repository@sha256:<hex>`: the same content for whoever reads it, whenever. */
export const pinnedReference = ({ registry, repository }: OciRepository, digest: OciDigest): string =>
  `${registry}/${repository}@${digest.text}`;
