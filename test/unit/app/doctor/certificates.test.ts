import { describe, expect, it } from 'vitest';
import { caFileCheck, clientCertificateCheck, isPair } from '../../../../src/app/doctor/certificates.ts';
import { SlsaGateError } from '../../../../src/errors.ts';
import { createPrivateAuthority } from '../../../kit/servers/private-authority.ts';

const DAY = 24 * 3600_000;
const authority = createPrivateAuthority();
const own = authority.issue();
const other = authority.issue();
const later = (days: number) => () => new Date(Date.now() + days * DAY);

const caFile = (text: string, now: () => Date = later(0)) =>
  caFileCheck('ca.pem', async () => Buffer.from(text), now).run();
const client = (cert: string, key: string, now: () => Date = later(0)) =>
  clientCertificateCheck(
    {
      host: 'h:443',
      load: async () => ({ certificatePem: Buffer.from(cert), keyPem: Buffer.from(key) }),
    },
    now,
  ).run();

describe('a file of authorities', () => {
  it('may hold several', async () => {
    expect(await caFile(authority.pem)).toMatchObject({
      id: 'ca-file',
      status: 'ok',
      found: 'ca.pem: 1 authority',
    });
    const two = `# ours\n${authority.pem}\n${createPrivateAuthority('b').pem}`;
    expect(await caFile(two)).toMatchObject({ status: 'ok', found: 'ca.pem: 2 authorities' });
  });

  it('must hold those of authorities', async () => {
    expect(await caFile(own.cert)).toMatchObject({
      status: 'warning',
      found: expect.stringContaining('none of an authority'),
    });
  });

  it.each([
    ['nothing', ''],
    ['a key', own.key],
    ['a block that is no certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'],
    [
      'one that is right and one that is not',
      `${authority.pem}-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----\n`,
    ],
  ])('with %s cannot be used', async (_, text) => {
    await expect(caFile(text)).rejects.toMatchObject({ finding: 'config.invalid' });
  });

  it('whose authority has expired, or is of another time, cannot be used', async () => {
    await expect(caFile(authority.pem, later(2))).rejects.toMatchObject({
      message: expect.stringContaining('expired'),
    });
    await expect(caFile(authority.pem, later(-3))).rejects.toMatchObject({
      message: expect.stringContaining('valid only from'),
    });
  });

  it('that cannot be read says so', async () => {
    const gone = async () => {
      throw new SlsaGateError('path.not-found', 'no such file: ca.pem');
    };
    await expect(caFileCheck('ca.pem', gone, later(0)).run()).rejects.toMatchObject({
      finding: 'path.not-found',
    });
  });
});

describe('a client certificate', () => {
  it('belongs to its key', async () => {
    expect(await client(own.cert, own.key)).toMatchObject({ id: 'client-certificate', status: 'ok' });
    await expect(client(own.cert, other.key)).rejects.toMatchObject({ finding: 'config.invalid' });
    expect(isPair(Buffer.from(own.cert), Buffer.from(own.key))).toBe(true);
    expect(isPair(Buffer.from(own.cert), Buffer.from(other.key))).toBe(false);
    expect(isPair(Buffer.from('x'), Buffer.from(own.key))).toBe(false);
    expect(isPair(Buffer.from(own.cert), Buffer.from('x'))).toBe(false);
  });

  it('and a key that cannot be read show nothing of the key', async () => {
    const broken = own.key.replace('MIG', 'XXX');
    await expect(client(own.cert, broken)).rejects.toMatchObject({
      finding: 'config.invalid',
      cause: undefined,
    });
  });

  it('is renewed before it expires, by the length of its life', async () => {
    // It lives for two days.
    expect(await client(own.cert, own.key, later(0.5))).toMatchObject({ status: 'ok' });
    expect(await client(own.cert, own.key, later(0.8))).toMatchObject({
      status: 'warning',
      hint: 'Renew the certificate.',
    });
    const long = authority.issue({ notAfter: new Date(Date.now() + 300 * DAY) });
    expect(await client(long.cert, long.key, later(284))).toMatchObject({ status: 'ok' });
    expect(await client(long.cert, long.key, later(287))).toMatchObject({ status: 'warning' });
    await expect(client(long.cert, long.key, later(301))).rejects.toMatchObject({
      finding: 'config.invalid',
    });
  });
});
