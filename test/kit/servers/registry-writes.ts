import type { IncomingMessage, ServerResponse } from 'node:http';
import { sha256Of } from '../oci-layout.ts';
import type { RegistryServer } from './registry.ts';
import { send, sendError } from './registry-answers.ts';

const MANIFEST = /^\/v2\/(.+)\/manifests\/([^/]+)$/;
const UPLOADS = /^\/v2\/(.+)\/blobs\/uploads\/([^/]*)$/;

/** Pushes a manifest or a blob in one piece (distribution specification, "Pushing Blobs", "Pushing Manifests"). */
export function answerWrite(
  server: RegistryServer,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
): ServerResponse {
  const [, name, reference = ''] = MANIFEST.exec(url.pathname) ?? [];
  if (name !== undefined && request.method === 'PUT') {
    const tag = reference.includes(':') ? undefined : reference;
    const digest = sha256Of(body);
    if (tag === undefined && digest !== reference) return sendError(response, 400, 'DIGEST_INVALID');
    server.repository(name).putManifest(body, request.headers['content-type'] ?? '', tag);
    const { subject } = JSON.parse(body.toString()) as { subject?: { digest: string } };
    return send(response, 201, '', {
      location: `/v2/${name}/manifests/${digest}`,
      'docker-content-digest': digest,
      ...(subject !== undefined && server.referrers && { 'oci-subject': subject.digest }),
    });
  }
  const [, repository, session] = UPLOADS.exec(url.pathname) ?? [];
  if (repository === undefined) return sendError(response, 405, 'UNSUPPORTED');
  if (request.method === 'POST' && session === '')
    return send(response, 202, '', { location: `/v2/${repository}/blobs/uploads/session-1` });
  const digest = url.searchParams.get('digest') ?? '';
  if (request.method !== 'PUT' || sha256Of(body) !== digest)
    return sendError(response, 400, 'DIGEST_INVALID');
  server.repository(repository).putBlob(body);
  return send(response, 201, '', {
    location: `/v2/${repository}/blobs/${digest}`,
    'docker-content-digest': digest,
  });
}
