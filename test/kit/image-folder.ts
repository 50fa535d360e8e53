import { type Ran, run } from '../e2e/built.ts';
import { catalogueFor, sigstore, widgetEntry, widgetPolicy } from './gate.ts';
import { createGateFolder, type GateFolder } from './gate-folder.ts';
import { sha256 } from './keys.ts';

/** A gate folder whose policy allows images that the Sigstore of the kit attested; the command is the built one. */
export interface ImageFolder extends GateFolder {
  gateImage(image: string, argv: readonly string[], evidence?: string): Promise<Ran>;
  attach(image: string, argv: readonly string[], evidence?: string): Promise<Ran>;
}

export async function createImageFolder(): Promise<ImageFolder> {
  const folder = await createGateFolder();
  const root = folder.write('trusted_root.json', JSON.stringify(sigstore.trustedRoot()));
  folder.write('catalogue.json', catalogueFor(sigstore));
  folder.write(
    'policy.json',
    JSON.stringify({
      ...widgetPolicy(),
      trust: {
        roots: {
          kit: {
            file: root,
            sha256: sha256(Buffer.from(JSON.stringify(sigstore.trustedRoot()))).toString('hex'),
          },
        },
      },
      packages: [{ ...widgetEntry(), package: { glob: 'pkg:*/**' } }],
      environments: { production: { level: 3, trustedRoots: ['kit'], verifier: 'strict' } },
    }),
  );
  const cwd = { cwd: folder.path };
  return {
    ...folder,
    gateImage: (image, argv, evidence = 'evidence.yaml') =>
      run(
        [
          ...[
            'gate',
            image,
            '--policy',
            'policy.json',
            '--catalogue',
            'catalogue.json',
            '--to',
            'production',
          ],
          ...['--evidence', evidence, '--ephemeral-evidence', '--without-cache', ...argv],
        ],
        cwd,
      ),
    attach: (image, argv, evidence = 'evidence.yaml') =>
      run(['evidence', 'attach', image, '--evidence', evidence, ...argv], cwd),
  };
}
