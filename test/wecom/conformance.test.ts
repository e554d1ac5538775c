import { describeSyncer } from '../../src/testing/index.ts';
import { defineWecomSyncer } from '../../src/wecom/definition.ts';
import { MOCHA } from '../support/mocha-runner.ts';
import { Rig } from './rig.ts';

for (const world of ['whole-corp', 'partial-tree'] as const) {
  describe(`WeComSyncer (${world})`, () => {
    describeSyncer(MOCHA, async () => {
      const rig = await Rig.start({ members: 90, departments: 14, seed: 17 });
      rig.sandbox.use(world);
      const definition = defineWecomSyncer({ baseUrl: rig.sandbox.url });
      return {
        open: () => definition.open(rig.config(), rig.deps),
        openRefused: () => definition.open(rig.config({ password: 'refused-secret' }), rig.deps),
        truth: {
          members: rig.visible(),
          groups: rig.sandbox.company.visibleDepartments().map(({ id }) => String(id)),
        },
        close: () => rig.close(),
      };
    });
  });
}
