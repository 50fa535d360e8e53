import { type Attempt, SlsaGateError } from '../../errors.ts';

/** As `attempt`, for what takes time. */
export async function attemptLater<T>(work: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    if (error instanceof SlsaGateError) return { error };
    throw error;
  }
}
