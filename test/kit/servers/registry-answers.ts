import type { ServerResponse } from 'node:http';

/** An error as the specification has it. */
export function sendError(response: ServerResponse, status: number, code: string): ServerResponse {
  return send(
    response,
    status,
    JSON.stringify({ errors: [{ code, message: code.toLowerCase(), detail: {} }] }),
    {
      'content-type': 'application/json',
    },
  );
}

export function send(
  response: ServerResponse,
  status: number,
  body: Buffer | string,
  headers: Record<string, string> = {},
): ServerResponse {
  response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers });
  return response.end(response.req.method === 'HEAD' ? undefined : body);
}
