import type { CheckpointPin } from '../../core/evidence-ports.ts';
import { refuse } from '../../errors.ts';
import { openFilePin } from './file/index.ts';
import { type GitPinOptions, openGitPin } from './git/index.ts';

export type PinOptions = Omit<GitPinOptions, 'baseDirectory'>;

/**
 * Opens the place that a reference names: `file:PATH` or `git:DIR#REF`, relative to `baseDirectory`.
 *
 * @throws SlsaGateError `evidence.config`, `path.unsafe`
 */
export function openPin(reference: string, baseDirectory: string, options: PinOptions): CheckpointPin {
  const colon = reference.indexOf(':');
  const rest = reference.slice(colon + 1);
  switch (reference.slice(0, Math.max(colon, 0))) {
    case 'file':
      return openFilePin(rest, baseDirectory);
    case 'git':
      return openGitPin(rest, { baseDirectory, ...options });
    default:
      return refuse('evidence.config', `not a place for checkpoints: ${reference}`, {
        hint: 'Write file:PATH or git:DIR#refs/NAME.',
        actual: reference,
      });
  }
}
