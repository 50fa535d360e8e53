import type { KeyPair } from '../../kit/keys.ts';
import { buildGoTool, trillianSchema } from '../go-tools.ts';
import type { Processes } from '../processes.ts';

/** All that is started, by what it is here. */
export async function buildPrograms() {
  return {
    logServer: await buildGoTool('trillian-log-server'),
    logSigner: await buildGoTool('trillian-log-signer'),
    createTree: await buildGoTool('createtree'),
    ct: await buildGoTool('ct-server'),
    rekor: await buildGoTool('rekor-server'),
    rekor2: await buildGoTool('rekor-tiles'),
    fulcio: await buildGoTool('fulcio'),
    tsa: await buildGoTool('timestamp-server'),
    schema: await trillianSchema(),
  };
}

/** Where the servers of one instance are started. */
export interface Place {
  readonly programs: Awaited<ReturnType<typeof buildPrograms>>;
  readonly folder: string;
  readonly processes: Processes;
  readonly atEnd: (end: () => Promise<void>) => void;
}

export const privatePem = (keys: KeyPair): string =>
  keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
