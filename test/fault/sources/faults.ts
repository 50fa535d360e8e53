import { type Fault, json, sendAnswer, status } from '../../kit/servers/package-faults.ts';

/**
 * What can go wrong with the one request of a source that decides, by the name under which the table of expected answers
 * has it. `answer` gets the number of the request, from 1; undefined lets it through.
 */
export type SourceFault =
  | {
      readonly kind: 'answer';
      readonly answer: (nth: number) => Fault | undefined;
      /** Of these requests instead of the one that decides. */
      readonly matches?: (path: string) => boolean;
    }
  /** The address leads to nobody: a port where nothing listens, a name without address, a certificate of nobody. */
  | { readonly kind: 'refused' | 'no-such-name' | 'unknown-authority' }
  /** Every answer is good, and its `Date` is another hour. */
  | { readonly kind: 'clock' };

const HTML = '<!doctype html><title>Sign in</title>';
const always = (fault: Fault): SourceFault => ({ kind: 'answer', answer: () => fault });
const first = (fault: Fault): SourceFault => ({
  kind: 'answer',
  answer: (nth) => (nth === 1 ? fault : undefined),
});

const half: Fault = (response, { headers, body, status: code }) => {
  response.writeHead(code, { ...headers, 'content-length': body.length });
  response.write(body.subarray(0, body.length / 2), () => response.socket?.resetAndDestroy());
};

const drip: Fault = (response, { headers, body }) => {
  response.writeHead(200, { ...headers, 'content-length': body.length });
  let sent = 0;
  const timer = setInterval(() => response.write(body.subarray(sent, ++sent)), 20);
  response.on('close', () => clearInterval(timer));
};

/** The good answer with one byte of it changed, in the middle of what it carries. */
export const altered: Fault = (response, good) => {
  const body = Buffer.from(good.body);
  const at = Math.floor(body.length / 2);
  body[at] = (body[at] ?? 0) ^ 1;
  sendAnswer(response, { ...good, body });
};

/** The good answer with another document in it. */
export const rewritten =
  (rewrite: (document: never) => unknown): Fault =>
  (response, good) =>
    sendAnswer(response, {
      ...good,
      body: Buffer.from(JSON.stringify(rewrite(JSON.parse(good.body.toString('utf8')) as never))),
    });

/** Every list of the answer is null. */
const nullLists: Fault = (response, good) => {
  const emptied = JSON.stringify(JSON.parse(good.body.toString('utf8')), (_, value: unknown) =>
    Array.isArray(value) ? null : value,
  );
  sendAnswer(response, { ...good, body: Buffer.from(emptied) });
};

/** The same page again, and a page after each page without end. */
const nextPage =
  (next: (nth: number) => string) =>
  (nth: number): Fault =>
  (response, good) =>
    sendAnswer(response, { ...good, headers: { ...good.headers, link: `<${next(nth)}>; rel="next"` } });

/** By number, and by what comes after, so that every vendor reads one of them. */
const pageOf = (decisive: string, page: number): string => `${decisive}?after=${page}&page=${page}`;

export const faultsFor = (decisive: string): Readonly<Record<string, SourceFault>> => ({
  'refused connection': { kind: 'refused' },
  'DNS failure': { kind: 'no-such-name' },
  'TLS failure': { kind: 'unknown-authority' },
  'reset in the middle': always(half),
  'slow drip': always(drip),
  'no answer': always(() => {}),
  '200 with HTML': always(status(200, { 'content-type': 'text/html' }, HTML)),
  'empty body': always((response, good) => sendAnswer(response, { ...good, body: Buffer.alloc(0) })),
  'truncated JSON': always((response, good) =>
    sendAnswer(response, { ...good, body: good.body.subarray(0, good.body.length - 2) }),
  ),
  'wrong content type': always((response, good) =>
    sendAnswer(response, { ...good, headers: { ...good.headers, 'content-type': 'text/plain' } }),
  ),
  'wrong digest': always(altered),
  '301 to elsewhere': always(status(301, { location: 'https://elsewhere.example/x' })),
  '401': always(status(401, {}, '{"message":"Requires authentication"}')),
  '403': always(status(403)),
  '404 undocumented': always(status(404, { 'content-type': 'text/html' }, HTML)),
  '409': always(status(409)),
  '410': always(status(410)),
  '429 without Retry-After': always(status(429)),
  '429 with Retry-After, then good': first(status(429, { 'retry-after': '0' })),
  '429 with Retry-After of an hour': always(status(429, { 'retry-after': '3600' })),
  '500': always(status(500)),
  '503 then good': first(status(503)),
  '503 again and again': always(status(503)),
  'endless pages': { kind: 'answer', answer: nextPage(() => pageOf(decisive, 2)) },
  'page cap': { kind: 'answer', answer: nextPage((nth) => pageOf(decisive, nth + 1)) },
  'null lists': always(nullLists),
  'an empty object': always(json({})),
  'clock of the server wrong': { kind: 'clock' },
});
