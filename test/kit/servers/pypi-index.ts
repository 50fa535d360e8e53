import type { IncomingMessage, ServerResponse } from 'node:http';
import { hash } from '../keys.ts';
import { type Fault, type GoodAnswer, listen, sendAnswer } from './package-faults.ts';

/** An index on loopback that answers as PyPI does: simple repository API in JSON, and the integrity API. */

export type PypiPlace = 'simple' | 'provenance';

export interface UploadedFile {
  readonly project: string;
  readonly version: string;
  readonly fileName: string;
  readonly bytes: Buffer;
  /** Attestation objects of PEP 740; left out: uploaded without any. */
  readonly attestations?: readonly unknown[];
  /** Changes what the index says of it. */
  readonly edit?: (file: Record<string, unknown>) => void;
}

export interface PypiIndexServer {
  readonly origin: string;
  /** `host:port`, as it is listed. */
  readonly host: string;
  readonly requests: {
    readonly place: PypiPlace | undefined;
    readonly path: string;
    readonly headers: IncomingMessage['headers'];
  }[];
  upload(file: UploadedFile): void;
  /** From now on this place answers so; undefined: as it should. */
  fail(place: PypiPlace, fault: Fault | undefined): void;
  close(): Promise<void>;
}

const SIMPLE = 'application/vnd.pypi.simple.v1+json';
const INTEGRITY = 'application/vnd.pypi.integrity.v1+json';

const notFound = (message: string): GoodAnswer => ({
  status: 404,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify({ message })),
});

const ok = (value: unknown, type: string): GoodAnswer => ({
  status: 200,
  headers: { 'content-type': type },
  body: Buffer.from(JSON.stringify(value)),
});

export async function startPypiIndex(): Promise<PypiIndexServer> {
  const files: UploadedFile[] = [];
  const faults = new Map<PypiPlace, Fault>();
  const requests: PypiIndexServer['requests'] = [];
  let origin = '';

  const listed = ({ project, version, fileName, bytes, attestations, edit }: UploadedFile) => {
    const file: Record<string, unknown> = {
      'core-metadata': false,
      filename: fileName,
      hashes: { sha256: hash('sha256', bytes).toString('hex') },
      provenance:
        attestations === undefined
          ? null
          : `${origin}/integrity/${project}/${version}/${fileName}/provenance`,
      'requires-python': '>=3.9',
      size: bytes.length,
      'upload-time': '2026-03-01T12:00:00.000000Z',
      url: `https://files.pythonhosted.org/packages/00/00/${fileName}`,
      yanked: false,
    };
    edit?.(file);
    return file;
  };

  const route = (path: string, accept: string): { place?: PypiPlace; good: GoodAnswer } => {
    const [, project] = /^\/simple\/([^/]+)\/$/.exec(path) ?? [];
    if (project !== undefined) {
      const own = files.filter((file) => file.project === project);
      if (own.length === 0) return { place: 'simple', good: notFound('Not Found') };
      if (!accept.includes(SIMPLE)) return { place: 'simple', good: ok('<!doctype html>', 'text/html') };
      const page = {
        'alternate-locations': [],
        files: own.map(listed),
        meta: { '_last-serial': 1, 'api-version': '1.4' },
        name: project,
        'project-status': { status: 'active' },
        versions: [...new Set(own.map(({ version }) => version))],
      };
      return { place: 'simple', good: ok(page, SIMPLE) };
    }
    const [, name, version, fileName = ''] =
      /^\/integrity\/([^/]+)\/([^/]+)\/([^/]+)\/provenance$/.exec(path) ?? [];
    if (name === undefined) return { good: notFound('Not Found') };
    const file = files.find(
      (one) =>
        one.project === name && one.version === version && one.fileName === decodeURIComponent(fileName),
    );
    if (file?.attestations === undefined)
      return { place: 'provenance', good: notFound(`No provenance available for ${fileName}`) };
    const publisher = {
      kind: 'GitHub',
      repository: 'octo-org/widget',
      workflow: 'release.yml',
      environment: null,
      claims: null,
    };
    const provenance = { version: 1, attestation_bundles: [{ publisher, attestations: file.attestations }] };
    return { place: 'provenance', good: ok(provenance, INTEGRITY) };
  };

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const path = request.url ?? '';
    const { place, good } = route(path, request.headers.accept ?? '');
    requests.push({ place, path, headers: request.headers });
    const fault = place === undefined ? undefined : faults.get(place);
    (fault ?? sendAnswer)(response, good);
  };

  const { close, ...place } = await listen(answer);
  origin = place.origin;
  return {
    ...place,
    requests,
    upload: (file) => void files.push(file),
    fail: (where, fault) => void (fault === undefined ? faults.delete(where) : faults.set(where, fault)),
    close,
  };
}
