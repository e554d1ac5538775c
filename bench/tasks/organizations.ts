import { createHost } from '../../src/host/create-host.ts';
import { replicaSettings } from './replica-settings.ts';
import { startWatch } from './stopwatch.ts';
import type { Outcome, Task } from './task.ts';

/** One organization for each syncer, as tenants have them; every syncer is switched off. */
export async function addOrganizations(task: Extract<Task, { kind: 'organizations' }>): Promise<Outcome> {
  const { shared, companies } = task;
  const stop = startWatch();
  const host = await createHost(replicaSettings(shared));
  const { organizations, syncers } = host;
  for (const [index, { url, corpId, appSecret }] of companies.entries()) {
    const organization = `tenant-${index + 1}`;
    await organizations.add({ name: organization, displayName: `Tenant ${index + 1}` });
    await syncers.add({
      organization,
      name: 'wecom',
      type: 'WeCom',
      user: corpId,
      password: appSecret,
      ...(url !== shared.directoryUrl && { host: url }),
      isEnabled: false,
    });
  }
  await host.close();
  return { ...stop(), members: companies.length };
}
