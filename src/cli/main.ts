#!/usr/bin/env node
import { loadOptional } from '../package-json.ts';
import { limitHeapGrowth } from './heap.ts';
import { conclude } from './outcome.ts';

limitHeapGrowth();

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

try {
  const { runProgram } = await loadOptional(() => import('./program.ts'));
  await runProgram();
} catch (error) {
  await conclude(() => Promise.reject(error));
}
