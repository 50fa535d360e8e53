import {
  createPypiIndex,
  type PypiIndex,
  type PypiIndexOptions,
  type PypiReference,
} from '../../../../../src/adapters/attestations/pypi/index.ts';
import {
  createHttpClient,
  type HttpClient,
  type HttpClientOptions,
} from '../../../../../src/adapters/http/index.ts';
import { parsePurl } from '../../../../../src/core/model/purl.ts';
import type { SourceQuery } from '../../../../../src/core/source-ports.ts';
import { hash } from '../../../../kit/keys.ts';
import { type PypiIndexServer, startPypiIndex } from '../../../../kit/servers/pypi-index.ts';

/** An index of the test, and the adapter that asks it. */

export const WHEEL_BYTES = Buffer.from('wheel 1.2.3');
export const WHEEL = 'octo_widget-1.2.3-py3-none-any.whl';
export const SDIST = 'octo_widget-1.2.3.tar.gz';
export const SHA256 = hash('sha256', WHEEL_BYTES).toString('hex');
export const PURL = 'pkg:pypi/octo-widget@1.2.3';
/** A file that is attested; what it says is not looked at here. */
export const ATTESTED = {
  project: 'octo-widget',
  version: '1.2.3',
  fileName: WHEEL,
  bytes: WHEEL_BYTES,
  attestations: [{ version: 1 }],
};
export const BARE = { project: 'octo-widget', version: '1.2.3', fileName: WHEEL, bytes: WHEEL_BYTES };

export function reference(text: string = PURL): PypiReference {
  const purl = parsePurl(text);
  if (purl === undefined) throw new Error(`no purl: ${text}`);
  return { kind: 'pypi', text, purl };
}

export const query = (text: string = PURL, changes: Partial<SourceQuery> = {}): SourceQuery => ({
  remote: reference(text),
  digests: { sha256: SHA256 },
  viaIndex: undefined,
  purl: undefined,
  sources: [{ kind: 'pypi' }],
  wantsHistory: false,
  given: [],
  ...changes,
});

const open: { close(): Promise<void> }[] = [];
export const closeAll = async (): Promise<void> => {
  await Promise.all(open.splice(0).map((one) => one.close()));
};

/** Closed by {@link closeAll}. */
export const started = async (): Promise<PypiIndexServer> => {
  const server = await startPypiIndex();
  open.push(server);
  return server;
};

export function clientOf(hosts: readonly string[], options: HttpClientOptions = {}): HttpClient {
  const http = createHttpClient({
    listedHosts: hosts,
    retry: { attempts: 2, baseMs: 1 },
    random: () => 0,
    connectTimeoutMs: 500,
    headersTimeoutMs: 200,
    ...options,
  });
  open.push(http);
  return http;
}

export const adapterOf = (
  { origin, host }: Pick<PypiIndexServer, 'origin' | 'host'>,
  options: Partial<PypiIndexOptions> = {},
): PypiIndex =>
  createPypiIndex({
    http: clientOf([host]),
    indexUrl: origin,
    credentials: [],
    listedHosts: [host],
    ...options,
  });
