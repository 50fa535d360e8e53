import { describe, expect, it } from 'vitest';
import { checkNoDowngrade, parsePackageHistory } from '../../../../../src/core/rules/no-downgrade.ts';
import { SlsaGateError } from '../../../../../src/errors.ts';
import { clientOf, within } from '../../../../kit/servers/opened.ts';
import { FAULTS, sendAnswer } from '../../../../kit/servers/package-faults.ts';
import { adapterOf, NAME, reference, started, TARBALL } from './registry.ts';

const PROVENANCE = { predicateType: 'https://slsa.dev/provenance/v1', bundle: {} };
const PUBLISH = {
  predicateType: 'https://github.com/npm/attestation/tree/main/specs/publish/v0.1',
  bundle: {},
};
const attested = { name: NAME, tarball: TARBALL, attestations: [PUBLISH, PROVENANCE] };
const bare = { name: NAME, tarball: TARBALL };
const at = (day: number): string => `2026-03-0${day}T12:00:00.000Z`;
const of = (version: string) => reference(`pkg:npm/%40octo/widget@${version}`);
const refusal = (finding: string) => expect.objectContaining({ constructor: SlsaGateError, finding });

const withThree = async () => {
  const server = await started();
  server.publish({ ...bare, version: '1.0.0', publishedAt: at(1) });
  server.publish({ ...attested, version: '1.1.0', publishedAt: at(2) });
  server.publish({ ...bare, version: '1.1.1', publishedAt: at(3) });
  return server;
};

describe('the history of a package', () => {
  it('NPM-06 holds the versions up to the one in question, in canonical JSON', async () => {
    const server = await withThree();
    const bytes = await adapterOf(server).history(of('1.1.0'));
    expect(Buffer.from(bytes).toString()).toBe(
      '{"package":"@octo/widget","version":"1.1.0","versions":[' +
        '{"hasProvenance":false,"publishedAt":"2026-03-01T12:00:00.000Z","version":"1.0.0"},' +
        '{"hasProvenance":true,"publishedAt":"2026-03-02T12:00:00.000Z","version":"1.1.0"}]}',
    );
    expect(server.requests.map(({ path, headers }) => [path, headers.accept])).toEqual([
      ['/@octo%2fwidget', 'application/json'],
    ]);
  });

  it('NPM-06 shows that a version has lost the provenance that an earlier one has', async () => {
    const server = await withThree();
    const outcome = async (version: string) =>
      checkNoDowngrade(parsePackageHistory(await adapterOf(server).history(of(version)))).code;
    expect([await outcome('1.0.0'), await outcome('1.1.0'), await outcome('1.1.1')]).toEqual([
      'ok',
      'ok',
      'npm.provenance-lost',
    ]);
  });

  it('NPM-06 does not take a publish attestation alone for provenance', async () => {
    const server = await withThree();
    server.publish({ ...attested, attestations: [PUBLISH], version: '1.1.2', publishedAt: at(4) });
    const history = parsePackageHistory(await adapterOf(server).history(of('1.1.2')));
    expect(history.versions.at(-1)).toMatchObject({ version: '1.1.2', hasProvenance: false });
    expect(checkNoDowngrade(history)).toMatchObject({ outcome: 'fail', code: 'npm.provenance-lost' });
  });

  it('is without versions that were taken back, of which only the time is left', async () => {
    const server = await withThree();
    server.fail('packument', (response, good) => {
      const packument = JSON.parse(good.body.toString());
      delete packument.versions['1.0.0'];
      sendAnswer(response, { ...good, body: Buffer.from(JSON.stringify(packument)) });
    });
    const { versions } = parsePackageHistory(await adapterOf(server).history(of('1.1.1')));
    expect(versions.map(({ version }) => version)).toEqual(['1.1.0', '1.1.1']);
  });

  it('is none of a version that the package has not', async () => {
    const server = await withThree();
    await expect(adapterOf(server).history(of('9.9.9'))).rejects.toEqual(refusal('registry.not-found'));
    await expect(adapterOf(server).history(reference('pkg:npm/widget@1.0.0'))).rejects.toEqual(
      refusal('source.http-status'),
    );
  });

  it('NPM-06 is not known from a mirror that leaves out what npm says of every version', async () => {
    const server = await started();
    const edit = (dist: Record<string, unknown>) => {
      delete dist.signatures;
      delete dist.attestations;
    };
    server.publish({ ...attested, version: '1.1.0', edit });
    await expect(adapterOf(server).history(of('1.1.0'))).rejects.toEqual(refusal('source.unavailable'));
  });

  const edited = async (edit: (packument: Record<string, Record<string, unknown>>) => void) => {
    const server = await withThree();
    server.fail('packument', (response, good) => {
      const packument = JSON.parse(good.body.toString());
      edit(packument);
      sendAnswer(response, { ...good, body: Buffer.from(JSON.stringify(packument)) });
    });
    return adapterOf(server).history(of('1.1.1'));
  };

  it.each<[string, Parameters<typeof edited>[0]]>([
    ['no times', (packument) => delete packument.time],
    ['times that are null', (packument) => Object.assign(packument, { time: null })],
    ['a version without a time', ({ time }) => delete time?.['1.1.0']],
    ['a time that is none', ({ time }) => Object.assign(time ?? {}, { '1.1.0': 'yesterday' })],
    ['a time that is a number', ({ time }) => Object.assign(time ?? {}, { '1.1.0': 5 })],
    ['versions that are null', (packument) => Object.assign(packument, { versions: null })],
    ['versions that are a list', (packument) => Object.assign(packument, { versions: [] })],
    ['a version that is null', ({ versions }) => Object.assign(versions ?? {}, { '1.1.0': null })],
    [
      'a version under the name of another',
      ({ versions }) => Object.assign(versions ?? {}, { '1.1.0': versions?.['1.0.0'] }),
    ],
    ['another package', (packument) => Object.assign(packument, { name: 'other' })],
  ])('NPM-06 is not known with %s', async (_, edit) => {
    await expect(edited(edit)).rejects.toEqual(refusal('source.malformed-response'));
  });

  it.each(FAULTS)('NPM-06 is not known with %s', async (_, code, fault) => {
    const server = await withThree();
    server.fail('packument', fault);
    const http = clientOf([server.host], within(500));
    await expect(adapterOf(server, { http }).history(of('1.1.1'))).rejects.toEqual(refusal(code));
  });
});
