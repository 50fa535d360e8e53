import { gzipSync } from 'node:zlib';
import {
  createNpmRegistry,
  type NpmReference,
  type NpmRegistry,
} from '../../../../../src/adapters/attestations/npm/index.ts';
import type { HttpClient } from '../../../../../src/adapters/http/index.ts';
import { parsePurl } from '../../../../../src/core/model/purl.ts';
import type { SourceQuery } from '../../../../../src/core/source-ports.ts';
import { hash } from '../../../../kit/keys.ts';
import {
  type NpmRegistryServer,
  type NpmRegistryServerOptions,
  startNpmRegistry,
} from '../../../../kit/servers/npm-registry.ts';
import { clientOf, closing } from '../../../../kit/servers/opened.ts';

/** A registry of the test, and the adapter that asks it. */

export const TARBALL = gzipSync('widget 1.2.3');
export const DIGESTS = {
  sha256: hash('sha256', TARBALL).toString('hex'),
  sha512: hash('sha512', TARBALL).toString('hex'),
};
export const NAME = '@octo/widget';
export const VERSION = '1.2.3';
export const PURL = 'pkg:npm/%40octo/widget@1.2.3';

export function reference(text: string = PURL): NpmReference {
  const purl = parsePurl(text);
  if (purl === undefined) throw new Error(`no purl: ${text}`);
  return { kind: 'npm', text, purl };
}

export const query = (text: string = PURL, changes: Partial<SourceQuery> = {}): SourceQuery => ({
  remote: reference(text),
  digests: DIGESTS,
  viaIndex: undefined,
  purl: undefined,
  sources: [{ kind: 'npm' }],
  wantsHistory: false,
  given: [],
  ...changes,
});

/** Closed after the test. */
export const started = async (options: NpmRegistryServerOptions = {}): Promise<NpmRegistryServer> =>
  closing(await startNpmRegistry(options));

export const adapterOf = (
  { origin, host }: Pick<NpmRegistryServer, 'origin' | 'host'>,
  options: {
    readonly http?: HttpClient;
    readonly path?: string;
    readonly listedHosts?: readonly string[];
  } = {},
): NpmRegistry =>
  createNpmRegistry({
    http: options.http ?? clientOf([host]),
    registryFor: () => ({ url: `${origin}${options.path ?? ''}/`, credentials: [] }),
    listedHosts: options.listedHosts ?? [host],
  });
