/** One of several processes that move one pin: to every size that it is given, in a row. */
import { openPin } from '../../../../src/adapters/evidence-pins/index.ts';
import { noteOf } from './notes.ts';

interface Job {
  readonly reference: string;
  readonly baseDirectory: string;
  readonly searchPath: string;
  readonly sizes: readonly number[];
}

const job = JSON.parse(process.argv[2] ?? '') as Job;
const pin = openPin(job.reference, job.baseDirectory, {
  searchPath: job.searchPath,
  workingDirectory: job.baseDirectory,
});
for (const size of job.sizes) {
  await pin.write(noteOf(size), await pin.read());
  const size2 = Number((await pin.read())?.split('\n')[1]);
  // What was acknowledged may be overtaken, never taken back.
  if (!(size2 >= size)) throw new Error(`the pin went back from ${size} to ${size2}`);
}
process.stdout.write('done');
