import 'reflect-metadata';
import { restore } from 'sinon';

/** Every test leaves clocks and spies as it found them, also when it failed half-way. */
export const mochaHooks = {
  afterEach(): void {
    restore();
  },
};
