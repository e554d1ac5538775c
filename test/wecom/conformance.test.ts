import { describeSyncer } from '../conformance/syncer.ts';
import { defineWecomSyncer } from '../../src/wecom/definition.ts';
import { Rig } from './rig.ts';

for (const world of ['whole-corp', 'partial-tree'] as const) {
  describeSyncer(`WeComSyncer (${world})`, async () => {
    const rig = await Rig.start({ members: 90, departments: 14, seed: 17 });
    rig.sandbox.use(world);
    return {
      open: () => defineWecomSyncer({ baseUrl: rig.sandbox.url }).open(rig.config(), rig.deps),
      openRefused: () =>
        defineWecomSyncer({ baseUrl: rig.sandbox.url }).open(rig.config({ password: 'refused-secret' }), rig.deps),
      truth: {
        members: rig.visible(),
        groups: rig.sandbox.company.visibleDepartments().map(({ id }) => String(id)),
      },
      close: () => rig.close(),
    };
  });
}
