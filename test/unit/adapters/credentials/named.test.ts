import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assertNamedUsable } from '../../../../src/adapters/credentials/index.ts';
import { Home, refusal } from './home.ts';

describe('what flags name', () => {
  it('is nothing, or is there', async () => {
    const home = new Home();
    await expect(assertNamedUsable(home.options())).resolves.toBeUndefined();
    const dockerConfig = home.file('config.json', { auths: {} });
    const program = home.helper('mine', {});
    const named = home.options({}, { dockerConfig, helpers: new Map([['mine', program]]) });
    await expect(assertNamedUsable(named)).resolves.toBeUndefined();
  });

  it.each<[string, (home: Home) => Partial<ReturnType<Home['options']>>]>([
    ['a file that is not there', (home) => ({ dockerConfig: join(home.path, 'none.json') })],
    ['a file that is none of Docker', (home) => ({ dockerConfig: home.file('x.json', 'no JSON') })],
    ['a helper that is not there', (home) => ({ helpers: new Map([['mine', join(home.path, 'none')]]) })],
    [
      'a helper that is no program',
      (home) => ({ helpers: new Map([['mine', home.file('text', 'text', 0o600)]]) }),
    ],
    ['a helper of no name', (home) => ({ helpers: new Map([['../mine', home.helper('mine', {})]]) })],
  ])('%s is refused before anything is asked', async (_, more) => {
    const home = new Home();
    await expect(assertNamedUsable(home.options({}, more(home)))).rejects.toEqual(
      refusal('credential.unusable'),
    );
  });
});
