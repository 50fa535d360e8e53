import type { ServerResponse } from 'node:http';
import { compress } from 'snappyjs';
import type { SeenRequest } from './github.ts';
import type { GithubState } from './github-state.ts';

/** What a signed address has; the store asks for nothing else. */
export const SIGNATURE = 'se=2026-03-01T13%3A00%3A00Z&sig=c2lnbmVk&sp=r&sv=2026-06-06';

/** The store of blobs: bundles as raw Snappy blocks, and files of releases, for whoever has a signed address. */
export function answerBlob(state: GithubState, { path, query }: SeenRequest, response: ServerResponse): void {
  if (query.get('sig') !== 'c2lnbmVk') {
    response.writeHead(403, { 'content-type': 'application/xml' });
    response.end('<?xml version="1.0"?><Error><Code>AuthenticationFailed</Code></Error>');
    return;
  }
  const [, bundle] = /^\/attestations\/\d+\/2026\/03\/01\/(\d+)\.json\.sn$/.exec(path) ?? [];
  const found = state.attestations.find(({ id }) => String(id) === bundle);
  if (found !== undefined) {
    const { status = 200, contentType = 'application/x-snappy', headers = {}, body } = found.blob ?? {};
    response.writeHead(status, { 'content-type': contentType, ...headers });
    response.end(body ?? compress(Buffer.from(found.text)));
    return;
  }
  const [, file] = /^\/release-asset\/(\d+)$/.exec(path) ?? [];
  const asset = state.repositories
    .flatMap(({ releases }) => releases)
    .flatMap(({ assets }) => assets)
    .find(({ id }) => String(id) === file);
  if (asset === undefined) {
    response
      .writeHead(404, { 'content-type': 'application/xml' })
      .end('<Error><Code>BlobNotFound</Code></Error>');
    return;
  }
  response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(asset.bytes);
}
