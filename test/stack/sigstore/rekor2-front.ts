import { createReadStream } from 'node:fs';
import { request } from 'node:http';
import { join, normalize } from 'node:path';
import { serve } from './local-server.ts';

/**
 * One origin for a Rekor v2 log on disk: its server writes, and leaves reading to whatever serves its files. Checkpoint and
 * tiles come out of the folder, everything else goes on to the server.
 */
export async function startRekor2Front(
  storage: string,
  writePort: number,
): Promise<{ readonly origin: string; close(): Promise<void> }> {
  const { origin, close } = await serve((asked, response) => {
    const path = decodeURIComponent(new URL(asked.url ?? '/', 'http://127.0.0.1').pathname);
    const [, file] = /^\/api\/v2\/(checkpoint|tile\/[0-9a-z/.]+)$/.exec(path) ?? [];
    if (asked.method === 'GET' && file !== undefined) {
      const isCheckpoint = file === 'checkpoint';
      const content = createReadStream(join(storage, normalize(`/${file}`)));
      content.on('error', () => response.writeHead(404).end());
      content.on('open', () => {
        response.writeHead(200, {
          'content-type': isCheckpoint ? 'text/plain' : 'application/octet-stream',
          'cache-control': isCheckpoint ? 'no-cache' : 'max-age=31536000, immutable',
        });
        content.pipe(response);
      });
      return;
    }
    const { url: target = '/', method, headers } = asked;
    const upstream = request(
      { host: '127.0.0.1', port: writePort, path: target, method, headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    upstream.on('error', () => response.writeHead(502).end());
    asked.pipe(upstream);
  });
  return { origin, close };
}
