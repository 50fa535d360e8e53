import { refuse } from '../../../errors.ts';
import { findProgram } from '../../disk/find-program.ts';

/**
 * The git to run: in a folder that PATH names in full, never in the working directory or in a repository, where what is
 * promoted could have planted one.
 *
 * @throws SlsaGateError `evidence.pin-unreadable`
 */
export async function findGit(searchPath: string, workingDirectory: string): Promise<string> {
  const program = await findProgram('git', { searchPath, workingDirectory });
  if (program !== undefined) return program;
  refuse('evidence.pin-unreadable', 'git is not installed', {
    hint: 'Install git where PATH names its folder in full, outside of repositories, or pin to file:PATH.',
  });
}
