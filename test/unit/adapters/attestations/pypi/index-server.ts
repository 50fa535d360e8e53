import {
  createPypiIndex,
  type PypiIndex,
  type PypiIndexOptions,
  type PypiReference,
} from '../../../../../src/adapters/attestations/pypi/index.ts';
import { parsePurl } from '../../../../../src/core/model/purl.ts';
import type { SourceQuery } from '../../../../../src/core/source-ports.ts';
import { hash } from '../../../../kit/keys.ts';
import { clientOf, closing } from '../../../../kit/servers/opened.ts';
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

/** Closed after the test. */
export const started = async (): Promise<PypiIndexServer> => closing(await startPypiIndex());

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
