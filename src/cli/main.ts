#!/usr/bin/env node
import 'reflect-metadata';
import { CommanderError } from 'commander';
import { limitHeapGrowth } from './heap.ts';
import { buildProgram } from './program.ts';

limitHeapGrowth();

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

try {
  await buildProgram().parseAsync();
} catch (error) {
  // Commander has said what was wrong with the usage, and the exit code is set.
  if (!(error instanceof CommanderError)) throw error;
}
