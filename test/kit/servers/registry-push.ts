import type { ServerResponse } from 'node:http';
import type { Referrer } from '../../../src/core/model/oci/referrer.ts';
import type { RegistryServer } from './registry.ts';
import { sendError } from './registry-answers.ts';

/** A document that a test attaches. */
export const toReferrer = (text: string, changes: Partial<Referrer> = {}): Referrer => ({
  artifactType: 'application/vnd.in-toto+json',
  mediaType: 'application/vnd.dsse.envelope.v1+json',
  bytes: Buffer.from(text),
  title: 'summary.json',
  annotations: { 'org.opencontainers.image.created': '2026-01-01T00:00:00.000Z' },
  ...changes,
});

/** Which request is meant: its method and a part of its path, and the first of them or a later one. */
export interface RequestPlace {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT';
  readonly path: string | RegExp;
  readonly nth?: number;
}

/**
 * Has something done when a request comes; true when it answered. Every other request is answered as before. Requests of
 * this place are counted from 1, and `nth` undefined means all of them.
 */
export function when(
  server: RegistryServer,
  { method, path, nth }: RequestPlace,
  act: (response: ServerResponse, count: number) => boolean,
): void {
  const before = server.intercept;
  let count = 0;
  server.intercept = (request, response) => {
    const { url = '' } = request;
    const isMeant =
      request.method === method && (typeof path === 'string' ? url.includes(path) : path.test(url));
    if (isMeant) {
      count++;
      if ((nth === undefined || nth === count) && act(response, count)) return true;
    }
    return before?.(request, response) ?? false;
  };
}

/** What may become of a request, by name. */
export const WRITE_FAULTS: Readonly<Record<string, (response: ServerResponse) => void>> = {
  '401': (response) => void sendError(response, 401, 'UNAUTHORIZED'),
  '403': (response) => void sendError(response, 403, 'DENIED'),
  '404': (response) => void sendError(response, 404, 'NAME_UNKNOWN'),
  '405': (response) => void sendError(response, 405, 'UNSUPPORTED'),
  '429': (response) => void sendError(response, 429, 'TOOMANYREQUESTS'),
  '500': (response) => void sendError(response, 500, 'UNKNOWN'),
  reset: (response) => void response.socket?.resetAndDestroy(),
  redirect: (response) => void response.writeHead(307, { location: 'https://elsewhere.example/x' }).end(),
};

/** Tags get an ETag, and conditions of requests are honoured (RFC 9110, 13.1). */
export function honourConditions(server: RegistryServer, repository: string): void {
  const before = server.intercept;
  server.intercept = (request, response) => {
    // Others may act before the condition is looked at.
    if (before?.(request, response) === true) return true;
    const [, tag = ''] = /\/manifests\/([^/:]+)$/.exec(request.url ?? '') ?? [];
    const named = server.repository(repository).tags.get(tag);
    const etag = named && `"${named}"`;
    const { 'if-match': match, 'if-none-match': noneMatch } = request.headers;
    const isLost = (match !== undefined && match !== etag) || (noneMatch === '*' && etag !== undefined);
    if (request.method === 'PUT' && tag !== '' && isLost) {
      sendError(response, 412, 'PRECONDITION_FAILED');
      return true;
    }
    if (etag !== undefined) response.setHeader('etag', etag);
    return false;
  };
}
