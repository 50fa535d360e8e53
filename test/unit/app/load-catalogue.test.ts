import { describe, expect, it } from 'vitest';
import { loadCatalogue } from '../../../src/app/load-catalogue.ts';
import { CATALOGUE } from '../../../src/core/catalogue/builders.ts';
import { refuse } from '../../../src/errors.ts';
import { answer, BUILT, faultsOf } from '../../attacks/app.ts';
import { KIT_CATALOGUE } from '../../attacks/decide.ts';
import { sigstore } from '../../attacks/verify.ts';
import { hash } from '../../kit/keys.ts';

const good = sigstore.signStatement();
const FILE = Buffer.from(JSON.stringify(KIT_CATALOGUE));
const portsOf = (bytes: Buffer) => ({ readFile: async () => bytes });

describe('the catalogue of one run', () => {
  it('is the built-in one where none is named, and no file is read', async () => {
    expect(await loadCatalogue(undefined, {})).toEqual({ catalogue: CATALOGUE, reports: [] });
  });

  it('is the file that is named, which the answer tells by its digest', async () => {
    const ask = (catalogue?: string) =>
      answer({
        evidence: [good],
        flags: { ...BUILT, minLevel: 3 },
        request: catalogue === undefined ? {} : { catalogue },
        ports: portsOf(FILE),
      });
    const without = await ask();
    expect([without.verdict, without.slsaBuildLevel, without.trust.map(({ name }) => name)]).toEqual([
      'deny',
      1,
      ['kit'],
    ]);
    expect(faultsOf(without)).toMatchObject([{ rule: 'min-level', code: 'level.too-low' }]);
    const replaced = await ask('builders.json');
    expect(replaced).toMatchObject({
      verdict: 'allow',
      slsaBuildLevel: 3,
      trust: [
        { name: 'kit' },
        { name: 'catalogue', digest: `sha256:${hash('sha256', FILE).toString('hex')}`, ageSeconds: null },
      ],
    });
  });

  it('ends the run when it cannot be read or is in another form', async () => {
    const ask = (ports: Parameters<typeof answer>[0]['ports']) =>
      answer({ evidence: [good], request: { catalogue: 'builders.json' }, ...(ports && { ports }) });
    await expect(ask(portsOf(Buffer.from('{}')))).rejects.toMatchObject({
      finding: 'config.invalid',
      exitCode: 64,
      message: expect.stringContaining('builders.json:1:1: '),
    });
    const missing = { readFile: async () => refuse('path.not-found', 'no such file: builders.json') };
    await expect(ask(missing)).rejects.toMatchObject({ finding: 'path.not-found', exitCode: 64 });
  });

  it('is never passed over where no file can be read', async () => {
    await expect(loadCatalogue('builders.json', {})).rejects.toMatchObject({ finding: 'internal.bug' });
  });
});
