import type { Witness } from '@sigstore/sign';

type Content = Parameters<Witness['testify']>[0];

/** What a witness is told of an envelope. */
export interface SignedEnvelope {
  readonly payloadType: string;
  readonly payload: Buffer;
  readonly signature: Buffer;
}

/** The envelope of a bundle and its one signature. */
export function signedEnvelope(content: Content): SignedEnvelope {
  const envelope = content.$case === 'dsseEnvelope' ? content.dsseEnvelope : undefined;
  const signature = envelope?.signatures[0]?.sig;
  if (envelope === undefined || signature === undefined) throw new TypeError('only envelopes are signed');
  return { payloadType: envelope.payloadType, payload: envelope.payload, signature };
}
