import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type Fault, type GoodAnswer, listen, sendAnswer } from './package-faults.ts';

/** A server in front of a healthy one: what matches is answered with a fault, all else goes through as it is. */
export interface FaultProxy {
  readonly origin: string;
  /** `host:port` */
  readonly host: string;
  /** How often what matches was asked. */
  readonly matched: () => number;
  readonly asked: () => number;
  close(): Promise<void>;
}

export interface FaultPlan {
  readonly matches: (method: string, path: string) => boolean;
  /** Answers the nth request that matches, from 1; undefined lets it through. */
  readonly fault: (nth: number) => Fault | undefined;
  /** Headers on every answer, such as `Date`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** @param target `host:port` on loopback */
export async function startFaultProxy(target: string, plan: FaultPlan): Promise<FaultProxy> {
  let matched = 0;
  let asked = 0;
  const server = await listen(async (incoming, response) => {
    asked += 1;
    const { method = 'GET', url = '/' } = incoming;
    const isMeant = plan.matches(method, url);
    if (isMeant) matched += 1;
    const fault = isMeant ? plan.fault(matched) : undefined;
    const good = await forward(target, incoming);
    const headers = { ...good.headers, ...plan.headers };
    const body = withOwnAddress(good.body, target, incoming.headers.host ?? '');
    (fault ?? sendAnswer)(response as ServerResponse, { ...good, headers, body });
  });
  return { ...server, matched: () => matched, asked: () => asked };
}

/** Addresses of the server in its answers lead here, too. */
const withOwnAddress = (body: Buffer, target: string, host: string): Buffer =>
  body.includes(`http://${target}`)
    ? Buffer.from(body.toString('latin1').replaceAll(`http://${target}`, `http://${host}`), 'latin1')
    : body;

/** The same request to the healthy server, which sees the address that was asked. */
async function forward(target: string, incoming: IncomingMessage): Promise<GoodAnswer> {
  const [hostname = '', port = ''] = target.split(':');
  const { method, url, headers } = incoming;
  const { 'transfer-encoding': _, ...sent } = headers;
  return new Promise((resolve, reject) => {
    const outgoing = request({ hostname, port, method, path: url, headers: sent }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          headers: Object.fromEntries(
            Object.entries(answer.headers).flatMap(([name, value]) =>
              value === undefined || /^(?:connection|keep-alive|transfer-encoding|content-length)$/.test(name)
                ? []
                : [[name, String(value)]],
            ),
          ),
          body: Buffer.concat(chunks),
        }),
      );
    });
    outgoing.on('error', reject);
    incoming.pipe(outgoing);
  });
}
