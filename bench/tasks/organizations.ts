import { createHost } from '../../src/host/create-host.ts';
import { replicaSettings } from './replica-settings.ts';
import { startWatch } from './stopwatch.ts';
import type { Outcome, Task } from './task.ts';

/** One organization for each syncer, as tenants have them; every syncer is switched off. */
export async function addOrganizations(task: Extract<Task, { kind: 'organizations' }>): Promise<Outcome> {
  const { shared, directory, count } = task;
  const stop = startWatch();
  const host = await createHost(replicaSettings(shared));
  const { organizations, syncers } = host;
  for (let number = 1; number <= count; number += 1) {
    const organization = `tenant-${number}`;
    await organizations.add({ name: organization, displayName: `Tenant ${number}` });
    await syncers.add({
      organization,
      name: 'wecom',
      type: 'WeCom',
      user: directory.corpId,
      password: directory.appSecret,
      isEnabled: false,
    });
  }
  await host.close();
  return { ...stop(), members: count };
}
