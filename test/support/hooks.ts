import 'reflect-metadata';
import { getMetadataStorage } from 'class-validator';
import { restore } from 'sinon';

// It is loaded when first something is checked, and its global would count as a leak of whichever test that was.
getMetadataStorage();

/** Every test leaves clocks and spies as it found them, also when it failed half-way. */
export const mochaHooks = {
  afterEach(): void {
    restore();
  },
};
